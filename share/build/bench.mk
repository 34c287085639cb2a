# make bench: what the chain costs. BENCH_SCALE=entries, BENCH_ROUNDS, BENCH_ONLY=load,write,verify,single.

bench: all
	@B=$(B) python3 tests/bench/bench.py
