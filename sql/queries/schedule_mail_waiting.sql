-- How many mails wait to be sent. Parameters: none. Result: how many
SELECT pg_catalog.count(*) FROM auditproof.report_mail AS m WHERE m.state IN ('pending', 'sending')
