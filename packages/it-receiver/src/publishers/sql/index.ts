/** PostgreSQL and MariaDB as the registry knows them.
 *  registry → [SQL] */
import type { PublisherFactory } from "../publisher.ts";
import type { MariadbConfig, PostgresqlConfig } from "./config.ts";
import { MariadbDatabase } from "./mariadb/mariadb-database.ts";
import { PostgresqlDatabase } from "./postgresql/postgresql-database.ts";
import { SqlPublisher } from "./sql-publisher.ts";

export const postgresqlFactory: PublisherFactory<PostgresqlConfig> = {
  name: "postgresql",
  wants: "current",
  create: (config, { publisher, station, log }) =>
    new SqlPublisher(new PostgresqlDatabase(config, publisher, log), publisher, station),
};

export const mariadbFactory: PublisherFactory<MariadbConfig> = {
  name: "mariadb",
  wants: "current",
  create: (config, { publisher, station }) =>
    new SqlPublisher(new MariadbDatabase(config, publisher), publisher, station),
};
