import { spawnSync } from "node:child_process";
import { PACKAGE_ROOT } from "../../components/core/package-root";
import { silentProgress } from "../../sandbox/offline/toolchain";
import { resolve } from "../../sandbox/offline/toolchain/resolve";
import type { Tool } from "../../sandbox/offline/toolchain/tool";
import { tools } from "../../sandbox/offline/toolchain/tools";
import { TALOS } from "../../versions/talos";

/** A question about one configuration, given as text or generated. */
export interface Question {
  readonly config?: string;
  readonly generate?: {
    readonly role: "controlplane" | "worker";
    readonly contract: string;
    readonly kubernetes: string;
  };
  /** Texts, as the provider takes them. */
  readonly patches?: readonly string[];
  /** As for a machine that Talos is installed on. */
  readonly validate?: boolean;
  /** Asks for the types of all documents instead. */
  readonly schema?: boolean;
}

export interface Answer {
  /** The result as Talos writes it, one text and its documents. */
  readonly config?: string;
  readonly documents?: readonly Readonly<Record<string, unknown>>[];
  readonly warnings?: readonly string[];
  /** What was refused, and why: `patch: …`, `configuration: …` (that cannot be read) or `validation: …`. */
  readonly error?: string;
  readonly schema?: unknown;
}

const oracle: Tool<"talos-oracle"> = {
  version: TALOS,
  build: { module: "sandbox/offline/plugins", package: "./cmd/talos-oracle", seconds: 40, megabytes: 26 },
};

/** Cold, the library compiles for a minute; the provider of the sandbox shares what it compiles. */
export const BUILD_TIMEOUT = 600_000;

/** Asks the library of Talos itself. */
export class TalosOracle {
  private constructor(private readonly executable: string) {}

  /** @returns undefined where there is no Go, and none to be had. */
  static async build(): Promise<TalosOracle | undefined> {
    const options = { progress: silentProgress };
    const table = { go: tools.go as Tool<"go">, "talos-oracle": oracle };
    try {
      await resolve(["go"], table, PACKAGE_ROOT, options);
    } catch {
      return undefined;
    }
    const found = await resolve(["talos-oracle"], table, PACKAGE_ROOT, options);
    return new TalosOracle(found.get("talos-oracle")?.path ?? "");
  }

  /** For a hook of Mocha: where Talos cannot be asked, its tests are skipped, visibly. */
  static async start(context: Mocha.Context): Promise<TalosOracle> {
    context.timeout(BUILD_TIMEOUT);
    const talos = await TalosOracle.build();
    if (talos !== undefined) return talos;
    process.stdout.write("    Talos cannot be asked here: its library is built with Go\n");
    return context.skip();
  }

  /** @returns one answer per question, in their order. */
  ask(questions: readonly Question[]): Answer[] {
    const { status, stdout, stderr } = spawnSync(this.executable, {
      input: questions.map((question) => JSON.stringify(question)).join("\n"),
      encoding: "utf8",
      maxBuffer: 1 << 30,
      timeout: 120_000,
    });
    if (status !== 0)
      throw new Error(`the oracle of Talos ended with ${status ?? "a signal"}: ${stderr.slice(0, 2000)}`);
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  }

  one(question: Question): Answer {
    return this.ask([question])[0] ?? {};
  }
}
