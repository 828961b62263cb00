/** Examples of config/ that test/servers starts, because they need a server that Debian packages. */
export const IN_SERVERS = [
  "it-station-databases.yaml mariadb",
  "it-station-databases.yaml influx-1",
  "it-station-databases.yaml nats",
];
