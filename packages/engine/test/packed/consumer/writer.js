/** Writes one document after the other until it is killed, and prints the number of each that is durable. */
import { open } from "@boxerdb/engine";

const [directory = "data"] = process.argv.slice(2);

const store = await open(directory);
const documents = store.database("app").collection("documents");
for (let number = 0; ; number++) {
  await documents.put(String(number).padStart(8, "0"), { number });
  console.log(number);
}
