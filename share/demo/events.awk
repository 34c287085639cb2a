# A plausible week of audit events: for each its time, a tab, and the event as one line of JSON, to be sorted by the time.
# The same each time for the same variables.
# Variables: n, how many; end, seconds since 1970 at which the week ends.
function uuid(kind, tenant, number) {
    return sprintf("%08d-%04d-4000-8000-%012d", kind, tenant, number)
}
function pick(list, parts, weights, total, i, at) {
    total = split(list, parts, "|")
    return parts[1 + int(rand() * total)]
}
# People work from eight to six, less at weekends; machines never stop.
function when(at, hour, day) {
    do {
        at = end - 604800 + rand() * 604800
        hour = int(at / 3600) % 24
        day = int(at / 86400 + 4) % 7
    } while (rand() > ((hour >= 8 && hour < 18) ? (day == 0 || day == 6 ? 0.25 : 1) : 0.12))
    return at
}
BEGIN {
    srand(20261122)
    tenants = split("41 23 12 8 3", people, " ")
    agents[1] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
    agents[2] = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
    agents[3] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
    agents[4] = "adsapp-sync/3.2 (+https://example.com/bot)"
    kinds = split("LOGIN:session:low:30 SETTINGS_CHANGED:settings:low:14 message.sent:conversation:low:28 " \
                  "contact.updated:contact:low:12 auth.login_failed:session:medium:6 team.member.role_updated:team_member:high:2 " \
                  "API_KEY_GENERATED:api_key:high:1 DATA_EXPORT:export:medium:3 MFA_DISABLED:profile:high:1 " \
                  "security.rate_limit_exceeded:api:medium:2 BULK_DELETE:contact:critical:0.5 REFUND_ISSUED:invoice:medium:0.5", kind, " ")
    for (k = 1; k <= kinds; k++) {
        split(kind[k], part, ":")
        action[k] = part[1]; type[k] = part[2]; risk[k] = part[3]; weight[k] = part[4]; sum += part[4]
    }
    for (i = 1; i <= n; i++) {
        roll = rand() * sum
        for (k = 1; roll > weight[k] && k < kinds; k++) roll -= weight[k]
        tenant = 1 + int(rand() * rand() * tenants)
        person = 1 + int(rand() * people[tenant])
        at = when()
        printf "%d.%06d\t", int(at), (at - int(at)) * 1000000
        printf "{\"organization_id\":\"%s\",\"actor_id\":\"%s\",\"actor_email\":\"person%d@tenant%d.example\",", \
            uuid(1, tenant, 0), uuid(2, tenant, person), person, tenant
        printf "\"actor_role\":\"%s\",\"action\":\"%s\",\"resource_type\":\"%s\",\"resource_id\":\"%s\",", \
            person == 1 ? "owner" : (person < 4 ? "admin" : "agent"), action[k], type[k], uuid(3, tenant, int(rand() * 5000))
        if (type[k] == "team_member")
            printf "\"old_values\":{\"role\":\"agent\"},\"new_values\":{\"role\":\"admin\"},"
        printf "\"risk_level\":\"%s\",\"ip_address\":\"%d.%d.%d.%d\",\"user_agent\":\"%s\",\"session_id\":\"s-%d-%d-%d\",", \
            risk[k], 20 + tenant, 10, person, 1 + (person * 37 + (rand() < 0.002 ? 11 : 0)) % 200, agents[1 + person % 4], \
            tenant, person, int(at / 28800)
        printf "\"metadata\":{\"request_id\":\"%08x\",\"ms\":%.1f},\"created_at\":%d.%06d}\n", \
            rand() * 4294967295, 5 + rand() * 400, int(at), (at - int(at)) * 1000000
    }
}
