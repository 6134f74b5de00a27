-- A history file as 0.1.0 writes it (schema 1): three cycles of one target. One plan is deflated,
-- as earlier builds did. Never edited: the next version has a file of its own.
CREATE TABLE target (uid TEXT PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, engine TEXT NOT NULL, epoch INTEGER NOT NULL) STRICT;
CREATE TABLE query (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, native_id TEXT NOT NULL, database TEXT NOT NULL, text TEXT,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, latest_hash TEXT, latest_cost REAL, latest_code TEXT,
  PRIMARY KEY (target, fingerprint)) STRICT, WITHOUT ROWID;
CREATE TABLE plan (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hash TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  cost REAL NOT NULL, parameters TEXT NOT NULL, dominant_op TEXT NOT NULL, body BLOB NOT NULL,
  UNIQUE (target, fingerprint, hash)) STRICT;
CREATE INDEX plan_last_seen ON plan (last_seen);
CREATE TABLE sighting (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hash TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, cost_min REAL NOT NULL, cost_max REAL NOT NULL,
  PRIMARY KEY (target, fingerprint, hash, hour)) STRICT, WITHOUT ROWID;
CREATE TABLE usage (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hour INTEGER NOT NULL, calls INTEGER NOT NULL, total_ms REAL NOT NULL, rows INTEGER NOT NULL, temp_blocks INTEGER NOT NULL,
  PRIMARY KEY (target, hour, fingerprint)) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, hash TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL,
  nodes TEXT NOT NULL, time_share REAL NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, resolved_at INTEGER,
  PRIMARY KEY (target, fingerprint, rule)) STRICT, WITHOUT ROWID;
CREATE TABLE cycle (target TEXT NOT NULL, at INTEGER NOT NULL, number INTEGER NOT NULL, report TEXT NOT NULL, PRIMARY KEY (target, at, number)) STRICT, WITHOUT ROWID;
INSERT INTO target (uid, namespace, name, engine, epoch)
VALUES ('uid', 'shop', 'orders', 'postgres', 2);
INSERT INTO query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'aa01', '-1', 'shop', 'SELECT ? FROM aa01', 1793484000000, 1793494800000, 'ph1:3dfed58264eabe7a1824a334c587d39d', 12, NULL);
INSERT INTO query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'bb02', '-1', 'shop', 'SELECT ? FROM bb02', 1793484000000, 1793494800000, 'ph1:2ae14bb8ee9045885f444f08667040dd', 8, 'budget_spent');
INSERT INTO query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES ('uid', 'cc03', '-1', 'shop', 'SELECT ? FROM cc03', 1793484000000, 1793484000000, NULL, NULL, 'untrusted_function');
INSERT INTO plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 1793484000000, 1793487600000, 130, 'generic', 'SeqScan', X'789c8d52c16edb300cfd9581676db0d72c4d742b0af4367458805d861d1889b5d5caa226d26980c0ff3e484e87f5b61b49e93d3dbea70be488e92b7b8a607b03948690082c64161d0a0918109e8ba3072e13ea3f271f9f8513bc417e5091c0092cf43b30907022c9e82a958c9cc180e318c929f93b05db19c8587022a5226061a044253830f014d24025979014ec05300e5c828e135850120503278c73e545ec7a580c4cec6b4ba26142a5aa9854431a04ec653150981b55f0ed5dce60e140bf0f0e5353aae1448fd7e187eb3417f2c1a1923464f27406fbf357951795ca5a177223b997b579e6901efe1e2ea6eaa958512c3ae77b96756d65c5b876fde7eed397aaef559af9afc1eb08b65b0c782ae144be12d0d9c559c289de811c8b1e462cd4909cee4bd0e0307ec34aa165a6c5801b43f485d2aa90ce7a3584226a0beb02e2469ab0c63a1f630ba0460716b8f81a8d8197907c351f8f916059ae1b345f48f49d2812fdfeb64c624f6be529574dfd62604419dbab23e6f6cbc6de767ebfdde076bbd975b7ee068ffbfd71b3f1c71ddddcba8ddfd73c9fe618fff776358fa79030e9e3fba4238b8444222da03fdd26f7db');
INSERT INTO plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'bb02', 'ph1:2ae14bb8ee9045885f444f08667040dd', 1793484000000, 1793484000000, 8, 'generic', 'SeqScan', X'28b52ffd60ed01cd0d0046a05822306dab036069fc22a22ddf1a35427667272ad9b2194d08d56437a75f8394928282384b004d004e00cd6164d5e2df1f4ed6f83d93311ba324790fd657dd39a88cdc40a64ebeca46cfe433f2b270f2834de31dfca046046c3211265c4507aa91f5f1b10a1b27ffb5c7bbd122d97d418597ae7124f1eb9ac308e221b9e2ebe937555b8f0dc0c2216d5f2ac6c4194e6ee06a1046a32792ac8fd776af46fe26d356efe42fc8183d16481a0d27df710931f2ead7c90cdb16e1c3a523c9fb5a6ce21f2f8d93933953eac8a6fb56fc3d2ed798327aeec44d669b0c2e55db16111e7c4cc65885ea90a68e53157724791dd2e297d19324b35d8d422960345a5c2e5c85088db33157f5464fc26b3042429da9c70fc443b2ea5f53856e5fbec6c065f438e7388cbc56a2240504044be25014c531b02c034a62f02f8d86b2780aa4056b92314d66f42c92d9365f5ff035ac7ef5cfe3bb46ae93d76b124656e6db9c7c269f6b38011f00ca9bc1f222bc46550a1711970eb7b6463e1a2113ab91d80be4593a7cdb2aea8accb079dc31e3b2ba67aae5f8d6353143eb7f501eae06aa6898c37899d5d5c59cf9e2a46e7d4b7b08f638e14aab4881362614');
INSERT INTO plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body)
VALUES ('uid', 'aa01', 'ph1:3dfed58264eabe7a1824a334c587d39d', 1793494800000, 1793494800000, 12, 'generic', 'SeqScan', X'28b52ffd60f501f50d0066605923308daa036069644584b6e9725bf4e12e3c516d9d676843544afe873fa14a29292888034c004d005000af498cac5afcfbc4c91abf67326663b4485e83f555770e2a233790a993afb2d133f98cfc589cfc60d3f8063fa811019b4c840857d1816a647d9cacc2c6c97f6df26eb424bb2f98f0d235ae048ff1eb9ac4e8c121b9e2ebe937555b8f0d80c2296d5f2ac8c4214e6ee06a1046a3a792ac93d776af46fe26d356efe42fc8183d5e16994ebee39262e4d5af9319b62dc2894b5792f7b5d8c44f0211a7717232674a5dd974df8abfc7e51a5346cf9db8c96c73c1a56adbe2c1838fc920ab509dd2d471aae2ae24af535afc327a16c96c57a3500a188d188bcb85abf0a07136e6aadee841780d4648a83315cf8343b2ea5f53856e5fbec6c065f438e7488cbc0a1a8be021a01c8d463a188f25091ec93b06180f8175c96aa48535c99826337a9664b6cdd7177c0cab5ffdf3f82e92eb35092353fc4168fc8ad0c967f2b92000d29bc1f422bc46550a1911570fb7b646761a2119dbc9d80686c60db046bf95aaba373b6c1e7fcc38adeeb9eababed5780cd6fa1f9487ab812a1ae6305e6675753167be38a95bdfd21e823d4eb8d22a52a08d0905');
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 498190, 1, 120.5, 120.5);
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 498191, 1, 130, 130);
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'aa01', 'ph1:3dfed58264eabe7a1824a334c587d39d', 498193, 1, 12, 12);
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES ('uid', 'bb02', 'ph1:2ae14bb8ee9045885f444f08667040dd', 498190, 1, 8, 8);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498190, 2, 900, 2, 0);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'bb02', 498190, 2, 40, 2, 0);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'cc03', 498190, 2, 300, 2, 0);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498191, 2, 800, 2, 0);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'aa01', 498193, 2, 70, 2, 0);
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES ('uid', 'bb02', 498193, 2, 5, 2, 0);
INSERT INTO finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'aa01', 'full-scan', 'ph1:0d964a664807c3ab99b44db8e37c4d9e', 'warning', 'm', 'f', '[0]', 0.5, 1793484000000, 1793487600000, 1793494800000);
INSERT INTO finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'aa01', 'stale-statistics', 'ph1:3dfed58264eabe7a1824a334c587d39d', 'warning', 'm', 'f', '[0]', 0.5, 1793494800000, 1793494800000, NULL);
INSERT INTO finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at)
VALUES ('uid', 'bb02', 'spill', 'ph1:2ae14bb8ee9045885f444f08667040dd', 'warning', 'm', 'f', '[0]', 0.5, 1793484000000, 1793484000000, NULL);
INSERT INTO cycle (target, at, number, report)
VALUES ('uid', 1793484000000, 1, '{"number":1,"startedAt":1793484000000,"durationMs":12,"databaseMs":5,"outcome":{"kind":"collected"},"selected":3,"explained":3,"unexplained":{},"safety":{"statementTimeoutMs":500,"circuit":"closed","databaseTimeUsed":0.0001},"top":[{"fingerprint":"aa01","timeShare":0.75,"text":"SELECT ? FROM aa01","meanMs":450,"plan":"ph1:0d964a66","cost":120.5,"findings":[{"rule":"full-scan","message":"m"}]},{"fingerprint":"cc03","timeShare":0.1875,"text":"SELECT ? FROM cc03","meanMs":150,"code":"untrusted_function","findings":[]}],"server":{"version":"18.4","role":"primary"},"window":{"sinceStatisticsBegan":true,"began":"first_look","ms":60000},"coverage":{"explained":0.75,"withReason":0.9375,"unknown":0.0625,"uncompared":3,"reasons":{"untrusted_function":0.1875},"elsewhere":0.25,"attributed":0.5}}');
INSERT INTO cycle (target, at, number, report)
VALUES ('uid', 1793487600000, 2, '{"number":2,"startedAt":1793487600000,"durationMs":12,"databaseMs":5,"outcome":{"kind":"collected"},"selected":1,"explained":1,"unexplained":{},"safety":{"statementTimeoutMs":500,"circuit":"closed","databaseTimeUsed":0.0001},"top":[]}');
INSERT INTO cycle (target, at, number, report)
VALUES ('uid', 1793494800000, 3, '{"number":3,"startedAt":1793494800000,"durationMs":12,"databaseMs":5,"outcome":{"kind":"collected"},"selected":2,"explained":2,"unexplained":{},"safety":{"statementTimeoutMs":500,"circuit":"closed","databaseTimeUsed":0.0001},"top":[]}');
PRAGMA user_version = 1;
