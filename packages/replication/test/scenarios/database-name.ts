/** The one database of a scenario. */
export const databaseName = "app";
