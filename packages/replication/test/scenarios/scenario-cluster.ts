import { managerHost } from "../../simulator/cluster/manager-wires.ts";
import type { ClientRequest, ClientWrite } from "../../simulator/load/client-protocol.ts";
import { answerText } from "../../simulator/load/client-protocol.ts";
import type { SimulatedMachine } from "../../simulator/simulated-machine.ts";
import type { Death } from "../../simulator/time/simulated-process.ts";
import type { DatabaseState } from "../../src/configuration/configuration-manager.ts";
import type { DatabaseReplica } from "../../src/database-replica.ts";

import { ClientCall } from "./client-call.ts";
import { databaseName } from "./database-name.ts";
import type { ScenarioWorld } from "./scenario-world.ts";

/** Ends what a step of a scenario has begun. */
export type Heal = () => void;

/**
 * Nodes by the code that ships, and what a script can do to them: it says exactly what goes wrong when. All
 * of it is told as a story.
 */
export class ScenarioCluster {
  readonly world: ScenarioWorld;
  /** In the order in which clients have asked. */
  readonly calls: ClientCall[] = [];
  /** What clients were told when they read, in the same way. */
  readonly reads: string[] = [];
  /** What is wrong now, and is mended in the end. */
  readonly #wrong = new Set<Heal>();

  constructor(world: ScenarioWorld) {
    this.world = world;
  }

  get nodes(): readonly string[] {
    return this.world.nodes;
  }

  /** Starts the nodes, with all of them in sync, and `leader` leading in epoch 1. The story begins then. */
  async begin(leader: string): Promise<void> {
    for (const machine of this.world.machines.values()) machine.start();
    await this.until("the nodes have found each other", () => {
      const count = this.nodes.length;
      const knowing = [...this.world.running.values()].filter(
        ({ node }) => node.view?.nodes.size === count,
      );
      return knowing.length === count;
    });
    const first = this.put(leader, "first", "1");
    await this.until("all are in sync, and know what is committed", () => {
      return first.answer !== undefined && this.isConverged;
    });
    this.world.story.begin();
    this.world.tellStandings();
  }

  /** Does something of which the story tells only what came of it. */
  async quietly(work: () => Promise<void>): Promise<void> {
    this.world.story.isQuiet = true;
    const calls = this.calls.length;
    await work();
    // What is asked for on the way is of no interest.
    this.calls.length = calls;
    this.world.story.isQuiet = false;
    this.world.tellStandings();
  }

  /** Says what the script does, or why. */
  say(text: string): void {
    this.world.story.tell("", `— ${text}`);
  }

  /** Has a client write, who waits for the answer while the script goes on. */
  put(node: string, key: string, value: string): ClientCall {
    return this.#write(node, { kind: "put", database: databaseName, key, value });
  }

  delete(node: string, key: string): ClientCall {
    return this.#write(node, { kind: "delete", database: databaseName, key });
  }

  /** Has a client read what a node shows, be it the leader or not, and waits for the answer. */
  async read(node: string, key: string): Promise<void> {
    const request: ClientRequest = {
      kind: "get",
      database: databaseName,
      key,
      consistency: "local",
    };
    let told: string | undefined;
    void this.world.client.call(node, request).then((answer) => (told = answerText(answer)));
    await this.until("the read is answered", () => told !== undefined);
    this.reads.push(told ?? "");
    this.world.story.tell("client", `read ${key}, at ${node}: ${told}`);
  }

  /** Lets nothing through between machines, either way. Nodes, or the manager. */
  cut(one: string, ...others: readonly string[]): Heal {
    const many = others.join(" and ");
    this.say(`${one} is cut off from ${many}`);
    const ways = others.flatMap((other) => [[one, other] as const, [other, one] as const]);
    return this.#block(ways, `${one} reaches ${many} again`);
  }

  /** Lets nothing through from one machine to another; the other way stays open. */
  cutOneWay(from: string, to: string): Heal {
    this.say(`nothing comes through from ${from} to ${to}`);
    return this.#block([[from, to]], `what ${from} sends reaches ${to} again`);
  }

  /** Makes the disk of a machine slower. */
  slowDisk(node: string, factor: number): Heal {
    this.say(`the disk of ${node} is ${factor} times as slow`);
    const { disk } = this.machine(node);
    disk.slowness = factor;
    return this.#toHeal(() => {
      this.say(`the disk of ${node} is well again`);
      disk.slowness = 1;
    });
  }

  /** Ends the process of a node, or the machine with it. Returns how to start it again. */
  crash(node: string, death: Death): Heal {
    this.say(death === "killed" ? `${node} is killed` : `${node} loses power`);
    return this.#toHeal(this.machine(node).crash(death));
  }

  /** Ends a machine, whose disk is lost with it. Returns how to start it with an empty one. */
  loseDisk(node: string): Heal {
    const start = this.crash(node, "killed");
    this.say(`the disk of ${node} is lost, and replaced by an empty one`);
    this.machine(node).disk.replace();
    return start;
  }

  /** Has the leader hand over to another node, and waits until that leads. */
  async handOver(from: string, to: string): Promise<void> {
    const knows = (): boolean =>
      this.replica(from)?.leader?.state.agreed.inSync.some(({ nodeId }) => nodeId === to) ?? false;
    await this.until(`${from} knows that ${to} is in sync`, knows);
    this.say(`${from} hands over to ${to}`);
    void this.world.running.get(from)?.node.handOver(databaseName, to);
    await this.until(`${to} leads`, () => this.reignOf(to) !== undefined);
  }

  /** Ends the process of a node as it should be, by what closes the log. Returns how to start it again. */
  async stop(node: string): Promise<Heal> {
    this.say(`${node} is stopped`);
    const running = this.world.running.get(node);
    this.world.running.delete(node);
    let isClosed = false;
    const close = async (): Promise<void> => {
      await running?.node.close();
      await running?.store.close();
      isClosed = true;
    };
    void close();
    await this.until("it has closed", () => isClosed);
    return this.#toHeal(this.machine(node).crash("killed"));
  }

  machine(node: string): SimulatedMachine {
    const machine = this.world.machines.get(node);
    if (machine === undefined) throw new Error(`there is no node "${node}"`);
    return machine;
  }

  /** Its copy of the database; undefined while there is none. */
  replica(node: string): DatabaseReplica | undefined {
    const replica = this.world.running.get(node)?.node.replica(databaseName);
    return replica?.isOpen === true ? replica : undefined;
  }

  /** Where a node's log ends. */
  endOf(node: string): number {
    return this.replica(node)?.open.log.acceptedOffset ?? 0;
  }

  highWatermarkOf(node: string): number {
    return this.replica(node)?.open.highWatermark ?? 0;
  }

  /** In which epoch a node leads; undefined where it does not. */
  reignOf(node: string): number | undefined {
    return this.replica(node)?.leader?.state.epoch;
  }

  /** Has a node come to lead in an epoch without being able to ask the manager for anything from then on. */
  async electAlone(node: string, epoch: number): Promise<Heal> {
    await this.until(`${node} is elected`, () => {
      return this.agreed?.epoch === epoch && this.agreed.leader?.nodeId === node;
    });
    const heal = this.cutOneWay(node, managerHost);
    await this.until(`${node} leads`, () => this.reignOf(node) === epoch);
    return heal;
  }

  /** Waits until a node leads in an epoch. Resolves to its name. */
  async leaderOf(epoch: number): Promise<string> {
    const leader = (): string | undefined =>
      this.nodes.find((node) => this.reignOf(node) === epoch);
    await this.until(`somebody leads in epoch ${epoch}`, () => leader() !== undefined);
    return leader() ?? "";
  }

  /** What the cluster has agreed on. */
  get agreed(): DatabaseState | undefined {
    return this.world.configuration.view().databases.get(databaseName)?.state;
  }

  /** The names of the nodes that are agreed to be in sync, in alphabetical order. */
  get inSync(): readonly string[] {
    return (this.agreed?.inSync ?? []).map(({ nodeId }) => nodeId).toSorted();
  }

  /** All are in sync, have the same end, and show all. */
  get isConverged(): boolean {
    if (this.inSync.length < this.nodes.length) return false;
    const [end, ...ends] = this.nodes.map((node) => this.endOf(node));
    const isSame = ends.every((other) => other === end);
    return isSame && this.nodes.every((node) => this.highWatermarkOf(node) === end);
  }

  /** Lets time go on until something holds. Rejects where it does not within 30 s. */
  async until(what: string, holds: () => boolean, withinMs = 30_000): Promise<void> {
    const reached = new Error(what);
    const look = (): void => {
      if (holds()) throw reached;
    };
    if (holds()) return;
    try {
      await this.world.run(this.world.time.nowMs + withinMs, look);
    } catch (error) {
      if (error === reached) return;
      throw error;
    }
    throw new Error(`it did not come about in ${withinMs} ms that ${what}`);
  }

  /** Lets time go on. */
  async pass(ms: number): Promise<void> {
    await this.world.run(this.world.time.nowMs + ms);
  }

  /** Waits for the answer. */
  async answered(call: ClientCall): Promise<void> {
    await this.until(`${call.requestText} is answered`, () => call.answer !== undefined);
  }

  /** Mends all that is wrong, and waits until everybody has the same. */
  async healAll(): Promise<void> {
    for (const heal of this.#wrong) heal();
    await this.until("all calls are answered", () => this.calls.every((call) => call.answer));
    await this.until("all are in sync and have the same", () => this.isConverged);
  }

  #write(node: string, request: ClientWrite): ClientCall {
    const call = new ClientCall(node, request);
    this.calls.push(call);
    this.world.story.tell("client", `${call.requestText}, at ${node}`);
    void this.#ask(call);
    return call;
  }

  async #ask(call: ClientCall): Promise<void> {
    const { node, request, requestText } = call;
    call.answer = await this.world.client.call(node, request);
    this.world.story.tell("client", `${requestText}, at ${node}: ${call.answerText}`);
  }

  #block(ways: readonly (readonly [from: string, to: string])[], healed: string): Heal {
    const unblocks = ways.map(([from, to]) => this.world.network.block(from, to));
    return this.#toHeal(() => {
      this.say(healed);
      for (const unblock of unblocks) unblock();
    });
  }

  #toHeal(mend: Heal): Heal {
    const heal = (): void => {
      if (!this.#wrong.delete(heal)) return;
      mend();
    };
    this.#wrong.add(heal);
    return heal;
  }
}
