#!/usr/bin/env node
import * as fs from "node:fs";
import * as path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadLate } from "../components/core/load-late";
import { InvalidInput } from "../components/core/problem";
import { Daemon } from "./daemon";
import { sandboxEnvironment } from "./engine";
import { type Layout, layout } from "./layout";
import { endLeftovers } from "./leftovers";
import { exclusively } from "./lock";
import { readme } from "./readme";
import { ON_REQUEST } from "./charts";
import { render, table } from "./report";
import { quoted } from "./shell";
import { start } from "./start";
import { terminalProgress } from "./offline/toolchain";
import { PACKAGE_ROOT } from "../components/core/package-root";

interface Common {
  readonly dir?: string;
}

interface StartFlags extends Common {
  readonly json?: boolean;
  readonly ports: { readonly from: number; readonly to: number };
  readonly only?: "base";
  readonly spare: number;
  readonly readyFor?: readonly string[];
}

const PORTS = { from: 21000, to: 21999 };

const log = (line: string) => void process.stderr.write(`${line}\n`);
const placed = ({ dir }: Common): Layout => layout(PACKAGE_ROOT, dir === undefined ? undefined : path.resolve(dir));

async function startCommand({ json, ports, only, spare, readyFor = [], ...common }: StartFlags): Promise<void> {
  const place = placed(common);
  const interrupt = new AbortController();
  const engineInterrupt = new AbortController();
  process.once("SIGINT", () => {
    interrupt.abort();
    // a terminal has sent it to the engine as well, and a second one means "at once" to it
    if (!process.stdin.isTTY) engineInterrupt.abort();
  });
  process.once("SIGTERM", () => {
    interrupt.abort();
    engineInterrupt.abort();
  });
  const progress = terminalProgress();
  const choice = { ports, spare, readyFor, ...(only === undefined ? {} : { only }) };
  const options = { layout: place, ...choice, log, signal: engineInterrupt.signal };
  const toolchain = { progress, signal: interrupt.signal };
  const report = await exclusively(place.directory, log, () => start({ ...options, toolchain }));
  process.stdout.write(json === true ? `${JSON.stringify(report)}\n` : `\n${render(report, place)}\n`);
}

async function statusCommand(common: Common): Promise<void> {
  const status = await new Daemon(placed(common)).status();
  if (status === undefined) {
    process.stdout.write("The sandbox is down. `npm start` brings it up.\n");
    return;
  }
  const clusters = status.clusters.map(({ name, endpoint, nodes, readyNodes }) => [
    name,
    endpoint,
    `${readyNodes} of ${nodes}`,
  ]);
  const processes = status.processes.map(({ name, pid, state, restarts }) => [
    name,
    String(pid),
    state,
    String(restarts),
  ]);
  const machines = status.machines.map(({ name, address, endpoint, stage }) => [name, address, endpoint, stage]);
  process.stdout.write(
    [
      table(["cluster", "endpoint", "nodes Ready"], clusters),
      table(["machine", "address", "Talos API", "stage"], machines),
      table(["process", "pid", "state", "restarts"], processes),
    ].join("\n"),
  );
}

async function stopEverything(place: Layout): Promise<void> {
  await new Daemon(place).stop();
  endLeftovers(place);
}

async function downCommand(common: Common): Promise<void> {
  const place = placed(common);
  if (!fs.existsSync(place.directory)) return log("There is no sandbox.");
  await exclusively(place.directory, log, () => stopEverything(place));
  log("The sandbox is down; `npm start` continues where it was.");
}

async function destroyCommand(common: Common): Promise<void> {
  const place = placed(common);
  if (!fs.existsSync(place.directory)) return log("There is no sandbox.");
  await exclusively(place.directory, log, async () => {
    await stopEverything(place);
    fs.rmSync(place.directory, { recursive: true, force: true });
  });
  log("The sandbox is gone. Built tools stay in the cache.");
}

function envCommand(common: Common): void {
  const place = placed(common);
  const variables = Object.entries(sandboxEnvironment(place)).filter(([name]) => name !== "PATH");
  const lines = variables.map(([name, value]) => `export ${name}=${quoted(value)}`);
  const first = [place.shell, place.bin].map(quoted).join(":");
  process.stdout.write(`${[`export PATH=${first}:"$PATH"`, ...lines].join("\n")}\n`);
}

/** Raises the cloud where it is down. */
async function portalCommand({ listen, ...common }: Common & { readonly listen: string }): Promise<void> {
  const place = placed(common);
  if ((await new Daemon(place).status()) === undefined) await startCommand({ ...common, ports: PORTS, spare: 0 });
  const [{ sandboxPortal }, { untilTold }] = await Promise.all([
    import("./portal.js"),
    import("../automation/portal/serve.js"),
  ]);
  const { url, token, close } = await sandboxPortal(place, listen, {
    log,
    toolchain: { progress: terminalProgress() },
  });
  process.stdout.write(`portal: ${url}\ntoken: ${token}\n`);
  log("Ctrl-C ends it; jobs at work are gone on with the next time.");
  await untilTold();
  await close();
}

function readmeCommand(): void {
  process.stdout.write(readme());
}

async function proveCommand(property: string, { cloud, json }: { cloud: string; json?: true }): Promise<void> {
  if (property !== "isolation") throw new InvalidArgumentError("isolation is what can be proven.");
  const { proveInSandbox } = await import("./prove.js");
  const { report, asMeant } = await proveInSandbox(cloud, json === true, { progress: terminalProgress() }, log);
  process.stdout.write(`${report}\n`);
  process.exitCode = asMeant ? 0 : 1;
}

function portRange(text: string): StartFlags["ports"] {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || from < 1024 || to > 65535 || from > to) {
    throw new InvalidArgumentError("must be two ports between 1024 and 65535, like 21000-21999.");
  }
  return { from, to };
}

function count(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError("must be a number from 0 to 99.");
  return Number(text);
}

/** Every cloud is ready for the others. */
function onRequest(text: string): readonly string[] {
  if (text === "all") return ON_REQUEST;
  const names = text.split(",");
  const unknown = names.filter((name) => !ON_REQUEST.includes(name));
  if (unknown.length === 0) return names;
  throw new InvalidArgumentError(`${unknown.join(", ")}: must be all, or of ${ON_REQUEST.join(", ")}.`);
}

function program(): Command {
  const commands = new Command("firmament").description("A whole cloud on this machine");
  const directory = ["--dir <directory>", "where the sandbox keeps everything (default: .sandbox)"] as const;
  commands
    .command("start")
    .description("raise the cloud, or continue where it was")
    .option("--json", "print one JSON document instead of tables")
    .option("--ports <from-to>", "ports that may be used", portRange, PORTS)
    .addOption(new Option("--only <layer>", "raise the management cluster alone").choices(["base"]))
    .option("--spare <machines>", "how many machines more there are, to be added to the stack file", count, 0)
    .option("--ready-for <components>", "what `pulumi` may switch on in it later: names, or all", onRequest)
    .option(...directory)
    .action(startCommand);
  const sandbox = commands.command("sandbox").description("look after a cloud that was started");
  const simple = { status: statusCommand, down: downCommand, destroy: destroyCommand, env: envCommand };
  const descriptions: Readonly<Record<keyof typeof simple, string>> = {
    status: "what runs",
    down: "stop every process; the state stays",
    destroy: "stop every process and remove the state",
    env: "variables with which pulumi works on the sandbox in your shell",
  };
  for (const [name, action] of Object.entries(simple)) {
    const description = descriptions[name as keyof typeof simple];
    sandbox
      .command(name)
      .description(description)
      .option(...directory)
      .action(action);
  }
  sandbox
    .command("portal")
    .description("serve the portal for customers on it, and print its address and a token")
    .option("--listen <address>", "host:port; port 0 is one that is free", "127.0.0.1:8080")
    .option(...directory)
    .action(portalCommand);
  sandbox
    .command("prove <property>")
    .description(
      "prove `isolation` of a cloud's tenants with OVN's own tracer and Kube-OVN's controller; needs no cloud that runs",
    )
    .option("--cloud <name>", "whose stack files", "sandbox")
    .option("--json", "print one JSON document instead of a table")
    .action(proveCommand);
  sandbox.command("readme").description("print sandbox/README.md").action(readmeCommand);
  return commands;
}

loadLate();
program()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    log(error instanceof InvalidInput || error instanceof Error ? message : String(error));
    process.exitCode = 1;
  });
