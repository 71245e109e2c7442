/** What is known of a cluster from reads, and from what compare-and-sets told. Without input and output. */
import type {
  ClusterView,
  DatabaseState,
  NodeAddress,
  Revision,
  VersionedState,
} from "./configuration-manager.ts";

/** What a database came to by a change. State undefined: it was removed. */
interface Note {
  readonly revision: Revision;
  readonly state: DatabaseState | undefined;
}

const isSameNode = (a: NodeAddress, b: NodeAddress | undefined): boolean =>
  a.nodeId === b?.nodeId && a.peerUrl === b.peerUrl && a.publicUrl === b.publicUrl;

/** Whether views say the same of databases and nodes, whatever else has changed in between. */
const isSameView = (a: ClusterView, b: ClusterView): boolean =>
  a.databases.size === b.databases.size &&
  a.nodes.size === b.nodes.size &&
  [...a.databases].every(([name, { revision }]) => b.databases.get(name)?.revision === revision) &&
  [...a.nodes].every(([nodeId, node]) => isSameNode(node, b.nodes.get(nodeId)));

/** The newest that is known. It never goes back, in whatever order it is told. */
export class ClusterKnowledge {
  #read: ClusterView | undefined;
  // Invariant: revisions are above that of #read, which says all that happened up to its own.
  readonly #notes = new Map<string, Note>();
  #view: ClusterView | undefined;

  /**
   * What was read last, with databases as newer notes have them. Undefined until something was read:
   * before that, what is not known need not be missing.
   */
  get view(): ClusterView | undefined {
    return this.#view;
  }

  /** What was read. Outdated: more was known, and still is. */
  afterRead(view: ClusterView): "changed" | "unchanged" | "outdated" {
    if (this.#read !== undefined && view.revision < this.#read.revision) return "outdated";
    this.#read = view;
    for (const [name, { revision }] of this.#notes) {
      if (revision <= view.revision) this.#notes.delete(name);
    }
    return this.#renewView() ? "changed" : "unchanged";
  }

  /** What a database came to by the change of this revision. Returns whether that changes the view. */
  afterNote(name: string, revision: Revision, state: DatabaseState | undefined): boolean {
    const known = this.#notes.get(name)?.revision ?? this.#read?.revision;
    if (known !== undefined && revision <= known) return false;
    this.#notes.set(name, { revision, state });
    return this.#renewView();
  }

  #renewView(): boolean {
    if (this.#read === undefined) return false;
    const databases = new Map<string, VersionedState>(this.#read.databases);
    for (const [name, { state, revision }] of this.#notes) {
      if (state === undefined) databases.delete(name);
      else databases.set(name, { state, revision });
    }
    const before = this.#view;
    this.#view = { ...this.#read, databases };
    return before === undefined || !isSameView(before, this.#view);
  }
}
