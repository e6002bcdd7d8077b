import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { planBundle } from "../boot/bundle";
import { readBaseSettings } from "../boot/cloud";
import { serveFolder } from "../boot/serve";
import { bootServer, type BootServerOptions } from "../boot/server";
import { writeBundle } from "../boot/write";

export interface BootChoice extends BootServerOptions {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly output: string;
  /** Folder with iPXE's boot loaders. */
  readonly ipxe: string;
  /** Whether the files are served after that, until the process ends. */
  readonly serve?: true;
  /** One JSON document instead of lines. */
  readonly json?: true;
}

/**
 * Writes the bundle that boots the machines of a cloud over the network; serves its files where that is asked for.
 *
 * @param print gets what a terminal shows, line by line.
 * @throws InvalidInput with everything that is wrong, before anything is written.
 */
export async function boot(cloud: string, choice: BootChoice, print: (line: string) => void): Promise<void> {
  const settings = readBaseSettings(choice.root, cloud);
  const server = bootServer(choice, settings);
  const bundle = planBundle(cloud, settings, server);
  writeBundle(bundle, choice.output, choice.ipxe);
  const machines = bundle.machines.map(({ name }) => name);
  if (choice.json === true) {
    print(JSON.stringify({ output: choice.output, machines, left: bundle.left, url: server.http }, undefined, 2));
  } else {
    print(`${choice.output}: boots ${machines.join(", ")}; see its README.md`);
    for (const { name, reason } of bundle.left) print(`not in it: ${name}, ${reason}`);
  }
  if (choice.serve !== true) return;
  const { address, port } = server;
  const log = choice.json === true ? (line: string) => void process.stderr.write(`${line}\n`) : print;
  await serveFolder(path.join(choice.output, "http"), { address, port, log }).catch((error: unknown) => {
    const given = error instanceof Error ? error.message : String(error);
    const fix = "give a free port, or run this on the boot server; the bundle is written";
    throw new InvalidInput("boot", [{ where: "--serve", given, rule: "must be able to listen there", fix }]);
  });
  log(`serving its files at ${server.http}; stop with Ctrl-C`);
}
