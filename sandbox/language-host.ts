import * as fs from "node:fs";
import * as path from "node:path";
import type { Layout } from "./layout";
import { quoted } from "./shell";

const NAME = "pulumi-language-nodejs";

/**
 * Writes the language host that the engine finds on its PATH: the one that is given, told what Pulumi.yaml says of the
 * runtime. The newest host that can be built from Go modules (3.68) takes that from its command line only, where engines
 * since then do not put it any more: it would start TypeScript's compiler for a program that is compiled already.
 */
export function writeLanguageHost({ bin }: Pick<Layout, "bin">, host: string): void {
  // it runs from the sandbox's own folder, where what a killed engine left is found
  const folder = path.join(bin, "hosts");
  fs.mkdirSync(folder, { recursive: true });
  const link = path.join(folder, NAME);
  fs.rmSync(link, { force: true });
  fs.symlinkSync(host, link);
  const preloaded = path.join(__dirname, "before-program.js");
  // split like a shell's words by the host
  const flags = ["-typescript=false", `-nodeargs=--require ${quoted(preloaded)}`];
  const script = `#!/bin/sh\nexec ${[link, ...flags].map(quoted).join(" ")} "$@"\n`;
  const file = path.join(bin, NAME);
  // it may be the link of an earlier start, whose target is no file to write
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, script, { mode: 0o755 });
}
