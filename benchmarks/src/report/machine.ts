/** The machine that figures come from. */
import { statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";

// The numbers by which Linux knows its file systems (statfs(2)); elsewhere the name is left out.
const fileSystemNames: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x2fc12fc1: "zfs",
  0x01021994: "tmpfs",
  0x794c7630: "overlayfs",
};

/** The name of the file system that a directory lies on; undefined where it is not known. */
export async function fileSystemName(directory: string): Promise<string | undefined> {
  return fileSystemNames[(await statfs(directory)).type];
}

/** Processor, memory, file system of `directory`, and the versions of Node.js and the peers, in one line. */
export async function describeMachine(
  directory: string,
  peerVersions: readonly string[],
): Promise<string> {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const fileSystem = await fileSystemName(directory);
  return [
    `${processors.length} × ${model}`,
    `${memoryGiB} GiB`,
    process.platform,
    ...(fileSystem === undefined ? [] : [fileSystem]),
    `Node.js ${process.version.slice(1)}`,
    ...peerVersions,
  ].join(", ");
}
