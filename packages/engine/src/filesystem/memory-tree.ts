import { MemoryDirectory, type MemoryNode } from "./memory-directory.ts";
import type { MemoryFile } from "./memory-file.ts";
import type { SurvivalRule } from "./survival.ts";
import type { UnsyncedName } from "./unsynced-change.ts";

/** A file, and the name in a directory that leads to it. */
export interface FilePlace {
  /** Absolute. */
  readonly path: string;
  readonly file: MemoryFile;
  readonly directory: MemoryDirectory;
  readonly name: string;
}

/** All files that have a name now. */
export function filesBelow(root: MemoryDirectory): readonly FilePlace[] {
  const files: FilePlace[] = [];
  const visit = (directory: MemoryDirectory, path: string): void => {
    for (const [name, node] of directory.names) {
      const nodePath = `${path}/${name}`;
      if (node.kind === "directory") visit(node, nodePath);
      else files.push({ path: nodePath, file: node, directory, name });
    }
  };
  visit(root, "");
  return files;
}

/** A deep copy, with the durable state and the unsynced changes. */
export function cloneTree(root: MemoryDirectory): MemoryDirectory {
  const copies = new Map<MemoryNode, MemoryNode>();
  const copyOf = (node: MemoryNode): MemoryNode => {
    const known = copies.get(node);
    if (known !== undefined) return known;
    if (node.kind === "directory") return copyDirectory(node);
    const copy = node.clone();
    copies.set(node, copy);
    return copy;
  };
  const copyDirectory = (directory: MemoryDirectory): MemoryDirectory => {
    const copy = new MemoryDirectory();
    copies.set(directory, copy);
    directory.copyTo(copy, copyOf);
    return copy;
  };
  return copyDirectory(root);
}

/** The tree that a power cut leaves, all of it durable. Asks `keep` for names, then for content. */
export function treeAfterPowerCut(root: MemoryDirectory, keep: SurvivalRule): MemoryDirectory {
  const { root: survivor, files } = namesAfterPowerCut(root, keep);
  const contents = new Map<MemoryFile, MemoryFile>();
  for (const { path, file, directory, name } of files) {
    const content = contents.get(file) ?? file.afterPowerCut((change) => keep({ ...change, path }));
    contents.set(file, content);
    directory.setDurably(name, content);
  }
  return survivor;
}

/** The directories that survive, and which files of before are to be in them. */
function namesAfterPowerCut(
  root: MemoryDirectory,
  keep: SurvivalRule,
): { readonly root: MemoryDirectory; readonly files: readonly FilePlace[] } {
  const answers = new Map<UnsyncedName, boolean>();
  // A rename across directories is one change: asked for once, answered for both.
  const keepName = (change: UnsyncedName): boolean => {
    const answer = answers.get(change) ?? keep(change) !== false;
    answers.set(change, answer);
    return answer;
  };
  const files: FilePlace[] = [];
  const survivors = new Map<MemoryDirectory, MemoryDirectory>();
  const visit = (before: MemoryDirectory, path: string): MemoryDirectory => {
    // A half-durable rename can leave a directory with two names: it is visited once.
    const known = survivors.get(before);
    if (known !== undefined) return known;
    const after = new MemoryDirectory();
    survivors.set(before, after);
    for (const [name, node] of before.namesAfterPowerCut(keepName)) {
      const nodePath = `${path}/${name}`;
      if (node.kind === "directory") after.setDurably(name, visit(node, nodePath));
      else files.push({ path: nodePath, file: node, directory: after, name });
    }
    return after;
  };
  return { root: visit(root, ""), files };
}
