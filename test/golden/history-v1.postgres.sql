-- The schema of a history in PostgreSQL as 0.1.0 writes it (schema 1): three cycles of one target.
-- One plan is deflated, as earlier builds did. Never edited: the next version has a file of its own.
CREATE SCHEMA dbintel;
CREATE TABLE dbintel.version (version int NOT NULL);
INSERT INTO dbintel.version VALUES (1);
CREATE TABLE dbintel.target (uid text PRIMARY KEY, namespace text NOT NULL, name text NOT NULL, engine text NOT NULL, epoch bigint NOT NULL);
CREATE TABLE dbintel.query (
  target text NOT NULL, fingerprint text NOT NULL, native_id text NOT NULL, database text NOT NULL, text text,
  first_seen bigint NOT NULL, last_seen bigint NOT NULL, latest_hash text, latest_cost float8, latest_code text,
  PRIMARY KEY (target, fingerprint));
CREATE INDEX ON dbintel.query (last_seen);
CREATE TABLE dbintel.plan (
  target text NOT NULL, fingerprint text NOT NULL, hash text NOT NULL, first_seen bigint NOT NULL, last_seen bigint NOT NULL,
  cost float8 NOT NULL, parameters text NOT NULL, dominant_op text NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (target, fingerprint, hash));
ALTER TABLE dbintel.plan ALTER body SET STORAGE EXTERNAL; -- compressed already
CREATE INDEX ON dbintel.plan (last_seen);
CREATE TABLE dbintel.finding (
  target text NOT NULL, fingerprint text NOT NULL, rule text NOT NULL, hash text NOT NULL, severity text NOT NULL, message text NOT NULL, fix text NOT NULL,
  nodes jsonb NOT NULL, time_share float8 NOT NULL, first_seen bigint NOT NULL, last_seen bigint NOT NULL, resolved_at bigint,
  PRIMARY KEY (target, fingerprint, rule));
CREATE INDEX ON dbintel.finding (last_seen);
CREATE INDEX ON dbintel.finding (time_share) WHERE resolved_at IS NULL;
CREATE TABLE dbintel.sighting (
  target text NOT NULL, fingerprint text NOT NULL, hash text NOT NULL, hour int NOT NULL, count bigint NOT NULL, cost_min float8 NOT NULL, cost_max float8 NOT NULL,
  PRIMARY KEY (target, fingerprint, hash, hour)) PARTITION BY RANGE (hour);
CREATE TABLE dbintel.usage (
  target text NOT NULL, fingerprint text NOT NULL, hour int NOT NULL, calls bigint NOT NULL, total_ms float8 NOT NULL, rows bigint NOT NULL, temp_blocks bigint NOT NULL,
  PRIMARY KEY (target, fingerprint, hour)) PARTITION BY RANGE (hour);
CREATE TABLE dbintel.cycle (
  target text NOT NULL, hour int NOT NULL, at bigint NOT NULL, number bigint NOT NULL, report jsonb NOT NULL,
  PRIMARY KEY (target, at, number, hour)) PARTITION BY RANGE (hour);
CREATE TABLE dbintel.cycle_2026_10 PARTITION OF dbintel.cycle FOR VALUES FROM (497448) TO (498192);
CREATE TABLE dbintel.cycle_2026_11 PARTITION OF dbintel.cycle FOR VALUES FROM (498192) TO (498912);
CREATE TABLE dbintel.sighting_2026_10 PARTITION OF dbintel.sighting FOR VALUES FROM (497448) TO (498192);
CREATE TABLE dbintel.sighting_2026_11 PARTITION OF dbintel.sighting FOR VALUES FROM (498192) TO (498912);
CREATE TABLE dbintel.usage_2026_10 PARTITION OF dbintel.usage FOR VALUES FROM (497448) TO (498192);
CREATE TABLE dbintel.usage_2026_11 PARTITION OF dbintel.usage FOR VALUES FROM (498192) TO (498912);
INSERT INTO dbintel.target (uid, namespace, name, engine, epoch)
VALUES ('uid', 'shop', 'orders', 'postgres', 2);
INSERT INTO dbintel.query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'cc03', '-1', 'shop', 'SELECT ? FROM cc03', 1793484000000, 1793484000000, NULL, NULL, 'untrusted_function');
INSERT INTO dbintel.query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'aa01', '-1', 'shop', 'SELECT ? FROM aa01', 1793484000000, 1793494800000, 'ph1:3dfed58264eabe7a1824a334c587d39d', 12, NULL);
INSERT INTO dbintel.query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'bb02', '-1', 'shop', 'SELECT ? FROM bb02', 1793484000000, 1793494800000, 'ph1:2ae14bb8ee9045885f444f08667040dd', 8, 'budget_spent');
INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'bb02', 'ph1:2ae14bb8ee9045885f444f08667040dd', 1793484000000, 1793484000000, 8, 'generic', 'SeqScan', '\x789c8d92416fdc201085ff4a35672ad99193badcaa48b955a9ba522f550f18deda24185c66bc5969e5ff5e8137abf6d61b03bc998ff7b8d0124cfc9a1c02e95611e2e82348d39258c60c26459cd66cf194f26ce4af938f2f9c22bd4b7e20b34f9134b53d298a66062fc696563ca58514d91402acc07d11d28da2c56433439099348d88c8de92a2a38f23f2927d14d21732614cd9cb349326010b293a99b096bec3d0dcd1a6684eae9460f1b311146288f83832e9cba628a7545b7957e7a685341df0fb604daca4e24f78be6e7eb8ee2e19ce5b23e0aa8c0e67d23f7f15bc20c8fb3ac34eb0af7bf1927c7cba1d6eaaf0142d8bc9b22e8f89f7674b1213f6aa2f6c6f5c8d7ff34e26d2cda6c821fb135c11e36cc3cafe849bc02696c36432aa2ac5c7ecc55b13be992297bc625364271f5c46dcc97096ab1108466a4817623b613625ce7508d5f8121969f282b9a4feeaa32b9e9b2180b6ed0a5eed00cb8d072cdfdfdf1093c3be72580a4ebb299a0c4f75e06496fab1a656df19b4dd30f4c0e7a6bbeffbfb63d775c7a67f78f8d4748d73e51bac21fcefede2599a7d34519eff0d3724661fc15c33f903d5f6f465');
INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 1793484000000, 1793487600000, 130, 'generic', 'SeqScan', '\x28b52ffd60fa01f50d0096e05922306faa032047644564d6e8e60daad0668247560d5e166f50085ef3b3c3e14141a1604d004d00520091d7248cac5afc7bc4c91abf67326663a424efc1faaa3b0795911bc8d4c957d9e8997c46762c4e7eb069fc831fd489804d26c284abe84035b23e465661e3e4bf1679375a92dd175478e91a4f024c3dc6af6b12461110c9175f4fbfa9da7a6c00162e69fb523954dcc1c90d5c0dc268f44c9235f2daeed5c8df64daea9dfc0519a3c78b92e9e43b2e25465efd3a9961db228cb8f424795f8b4d7c10a7717232674a3dd974df8bbfc7e51a5346cf9db8c96c93c1a56adb22c2838fc91c56a1baa4a9e3d4c53d495e97b4f865f428c96c57b3500b188d0a049481c5e5c25588d0381b73556ff424bc062728d4034f0444b2ea5f53856e5fbec6c065f438e74818f98fc55006047740168301793c2049a00c1407a3d14846e3b194b4b02619d36446cf92ccb6f9fa82af61f5ab7f1edf41729dbc5ea330b2c6af089d7c269f0b1f00d79b01f622bc46554a1a11370fb7b646861a413076b3b1175cb47408b755d8159962f3b864c675759db19e035cd7c70cadff4179b81aa8a2610ee36556571773e68b93baf52ded21d8e3842bad2205da9850');
INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'aa01', 'ph1:3dfed58264eabe7a1824a334c587d39d', 1793494800000, 1793494800000, 12, 'generic', 'SeqScan', '\x28b52ffd60f501f50d0066605923308daa036069644584b6e9725bf4e12e3c516d9d676843544afe873fa14a29292888034c004d005000af498cac5afcfbc4c91abf67326663b4485e83f555770e2a233790a993afb2d133f98cfc589cfc60d3f8063fa811019b4c840857d1816a647d9cacc2c6c97f6df26eb424bb2f98f0d235ae048ff1eb9ac4e8c121b9e2ebe937555b8f0d80c2296d5f2ac8c4214e6ee06a1046a3a792ac93d776af46fe26d356efe42fc8183d5e16994ebee39262e4d5af9319b62dc2894b5792f7b5d8c44f0211a7717232674a5dd974df8abfc7e51a5346cf9db8c96c73c1a56adbe2c1838fc920ab509dd2d471aae2ae24af535afc327a16c96c57a3500a188d188bcb85abf0a07136e6aadee841780d4648a83315cf8343b2ea5f53856e5fbec6c065f438e7488cbc0a1a8be021a01c8d463a188f25091ec93b06180f8175c96aa48535c99826337a9664b6cdd7177c0cab5ffdf3f82e92eb35092353fc4168fc8ad0c967f2b92000d29bc1f422bc46550a1911570fb7b646761a2119dbc9d80686c60db046bf95aaba373b6c1e7fcc38adeeb9eababed5780cd6fa1f9487ab812a1ae6305e6675753167be38a95bdfd21e823d4eb8d22a52a08d0905');
INSERT INTO dbintel.sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 498190, 1, 120.5, 120.5);
INSERT INTO dbintel.sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'bb02', 'ph1:2ae14bb8ee9045885f444f08667040dd', 498190, 1, 8, 8);
INSERT INTO dbintel.sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 498191, 1, 130, 130);
INSERT INTO dbintel.sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:3dfed58264eabe7a1824a334c587d39d', 498193, 1, 12, 12);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498190, 2, 900, 2, 0);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'bb02', 498190, 2, 40, 2, 0);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'cc03', 498190, 2, 300, 2, 0);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498191, 2, 800, 2, 0);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498193, 2, 70, 2, 0);
INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'bb02', 498193, 2, 5, 2, 0);
INSERT INTO dbintel.finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'bb02', 'spill', 'ph1:2ae14bb8ee9045885f444f08667040dd', 'warning', 'm', 'f', '[0]', 0.5, 1793484000000, 1793484000000, NULL);
INSERT INTO dbintel.finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'aa01', 'stale-statistics', 'ph1:3dfed58264eabe7a1824a334c587d39d', 'warning', 'm', 'f', '[0]', 0.5, 1793494800000, 1793494800000, NULL);
INSERT INTO dbintel.finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'aa01', 'full-scan', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 'warning', 'm', 'f', '[0]', 0.5, 1793484000000, 1793487600000, 1793494800000);
INSERT INTO dbintel.cycle (target, hour, at, number, report)
VALUES ('uid', 498190, 1793484000000, 1, '{"top":[{"fingerprint":"aa01","timeShare":0.75,"text":"SELECT ? FROM aa01","meanMs":450,"plan":"ph1:0d964a66","cost":120.5,"findings":[{"rule":"full-scan","message":"m"}]},{"fingerprint":"cc03","timeShare":0.1875,"text":"SELECT ? FROM cc03","meanMs":150,"code":"untrusted_function","findings":[]}],"number":1,"safety":{"circuit":"closed","databaseTimeUsed":0.0001,"statementTimeoutMs":500},"outcome":{"kind":"collected"},"selected":3,"explained":3,"startedAt":1793484000000,"databaseMs":5,"durationMs":12,"unexplained":{},"server":{"version":"18.4","role":"primary"},"window":{"sinceStatisticsBegan":true,"began":"first_look","ms":60000},"coverage":{"explained":0.75,"withReason":0.9375,"unknown":0.0625,"uncompared":3,"reasons":{"untrusted_function":0.1875},"elsewhere":0.25,"attributed":0.5}}');
INSERT INTO dbintel.cycle (target, hour, at, number, report)
VALUES ('uid', 498191, 1793487600000, 2, '{"top":[],"number":2,"safety":{"circuit":"closed","databaseTimeUsed":0.0001,"statementTimeoutMs":500},"outcome":{"kind":"collected"},"selected":1,"explained":1,"startedAt":1793487600000,"databaseMs":5,"durationMs":12,"unexplained":{}}');
INSERT INTO dbintel.cycle (target, hour, at, number, report)
VALUES ('uid', 498193, 1793494800000, 3, '{"top":[],"number":3,"safety":{"circuit":"closed","databaseTimeUsed":0.0001,"statementTimeoutMs":500},"outcome":{"kind":"collected"},"selected":2,"explained":2,"startedAt":1793494800000,"databaseMs":5,"durationMs":12,"unexplained":{}}');
