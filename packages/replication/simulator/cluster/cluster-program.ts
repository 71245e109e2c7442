import {
  CorruptionError,
  open,
  processLocalLocker,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";

import { ClusterNode } from "../../src/cluster-node.ts";
import type { ConfigurationManager } from "../../src/configuration/configuration-manager.ts";
import type { ProtocolRules } from "../../src/core/protocol-rules.ts";
import type { NodeLog } from "../../src/node-log.ts";
import type { NodeSettings } from "../../src/node-settings.ts";
import { serveClients } from "../load/cluster-access.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import { connectPeers, peerUrlOf, servePeers } from "../network/simulated-peers.ts";
import type { Program, ProgramEnvironment } from "../simulated-machine.ts";
import type { Transcript } from "../transcript.ts";

import { ClientService, publicUrlOf } from "./client-service.ts";

/** A node that runs. */
export interface RunningNode {
  readonly store: Store;
  readonly node: ClusterNode;
  /** As a node is stopped by its operator: what is under way is finished, and all is closed. */
  readonly stop: () => Promise<void>;
}

export interface ClusterProgramOptions {
  readonly network: SimulatedNetwork;
  readonly transcript: Transcript;
  readonly settings: NodeSettings;
  readonly rules: ProtocolRules;
  readonly segmentBytes: number;
  /** Of the cache of blocks. */
  readonly memoryBytes: number;
  /** The way of a process to the configuration manager. */
  readonly connect: (environment: ProgramEnvironment) => ConfigurationManager;
  /** Told when a node has begun to take part; it ends with its process. */
  readonly onStart: (host: string, running: RunningNode) => void;
  /** Told when a node takes part no more, and is about to close its store. */
  readonly onStop: (host: string) => void;
  /** Told when the data directory itself is damaged, so that the store does not open. */
  readonly onDamage: (host: string) => void;
  /** Told of what must never happen. */
  readonly onViolation: (error: Error) => void;
}

/** How long what starts processes waits before it tries again. */
const restartMs = [50, 3_000] as const;

/** A program that is one node of a cluster: the code that ships, on simulated ground. */
export function clusterProgram(options: ClusterProgramOptions): Program {
  return async (environment) => {
    const { network, transcript, settings, rules, segmentBytes, memoryBytes, connect, onStart } =
      options;
    const { host, process, clock, fileSystem, randomness, exit } = environment;
    const log = logOf(host, transcript, options.onViolation);
    try {
      const store = await open("/data", {
        commit: "replicated",
        damagedDatabases: "set aside",
        fileSystem,
        clock,
        locker: processLocalLocker(),
        random: randomness,
        segmentBytes,
        memoryBytes,
        onEvent: (event) => {
          if (event.type !== "opening") transcript.note(host, `store: ${event.type}`);
        },
      });
      const node = new ClusterNode({
        store,
        address: { nodeId: host, peerUrl: peerUrlOf(host), publicUrl: publicUrlOf(host) },
        manager: connect(environment),
        connect: connectPeers({ network, host, process, clock }),
        settings,
        rules,
        clock,
        log,
      });
      const service = {
        catalog: () => Promise.reject(new Error("roles are elected here")),
        pull: node.pull.bind(node),
      };
      servePeers({ network, host, process, clock }, service);
      const stop = async (): Promise<void> => {
        await node.close();
        options.onStop(host);
        await store.close();
      };
      const running = { store, node, stop };
      const { onViolation } = options;
      const nameOfCopy = copyNames(store, `${host}, start ${environment.starts}`);
      const clients = new ClientService({ running, clock, nameOfCopy, onViolation });
      serveClients(network, host, process, (request) => clients.answer(request));
      onStart(host, running);
      node.start();
    } catch (error) {
      if (error instanceof CorruptionError) options.onDamage(host);
      const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
      exit(`cannot open: ${why}`, randomness.magnitude(...restartMs));
    }
  };
}

/** Names logs of a process: a database has another one each time that it was opened anew. */
function copyNames(store: Store, prefix: string): (database: string) => string {
  const numbers = new WeakMap<OpenDatabase, number>();
  let opened = 0;
  return (database) => {
    const { open } = store.database(database);
    if (open === undefined) return `${prefix}, no log`;
    const number = numbers.get(open) ?? (opened += 1);
    numbers.set(open, number);
    return `${prefix}, log ${number}`;
  };
}

/** Of a node: what it logs goes to the transcript, and what is a mistake of ours ends the run. */
function logOf(host: string, transcript: Transcript, onViolation: (error: Error) => void): NodeLog {
  const note = (fields: object, message: string): void => {
    const { err, ...rest }: { readonly err?: unknown } = fields;
    const told = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
    const reason = err instanceof Error ? [`${err.name}: ${err.message}`] : [];
    transcript.note(host, [message, ...told, ...reason].join(", "));
    if (err instanceof Error && err.message.startsWith("assertion failed")) onViolation(err);
  };
  return { info: note, warn: note, error: note };
}
