import { PACKAGE_ROOT } from "../../components/core/package-root";
import { silentProgress } from "../../sandbox/offline/toolchain";
import { resolve, type ToolTable } from "../../sandbox/offline/toolchain/resolve";
import type { Tool } from "../../sandbox/offline/toolchain/tool";
import { tools } from "../../sandbox/offline/toolchain/tools";
import { TALOS } from "../../versions/talos";
import { askProgram } from "./program";

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
  /** Asks whether a release runs with a version of Kubernetes, or after another release, instead. Without their v. */
  readonly compatible?: { readonly talos: string; readonly kubernetes?: string; readonly from?: string };
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

/** The library of the provider, and those of the releases that machines may run beside it. */
export type Library = "1.12" | "1.13" | "1.14";

const build = { module: "sandbox/offline/plugins", package: "./cmd/talos-oracle", seconds: 40, megabytes: 26 };
const library = (minor: Library): Tool<ToolName> => ({
  version: minor === "1.13" ? TALOS : minor,
  build: minor === "1.13" ? build : { ...build, modfile: `cmd/talos-oracle/v${minor}.mod` },
});

type ToolName = "go" | `talos-oracle-${Library}`;

const TABLE: ToolTable<ToolName> = {
  go: tools.go as Tool<ToolName>,
  "talos-oracle-1.13": library("1.13"),
  "talos-oracle-1.12": library("1.12"),
  "talos-oracle-1.14": library("1.14"),
};

/** Cold, the library compiles for a minute; the provider of the sandbox shares what it compiles. */
export const BUILD_TIMEOUT = 600_000;

/** Asks the library of Talos itself. */
export class TalosOracle {
  private constructor(private readonly executable: string) {}

  /** @returns undefined where there is no Go, and none to be had. */
  static async build(minor: Library = "1.13"): Promise<TalosOracle | undefined> {
    const options = { progress: silentProgress };
    try {
      await resolve(["go"], TABLE, PACKAGE_ROOT, options);
    } catch {
      return undefined;
    }
    const name = `talos-oracle-${minor}` as const;
    const found = await resolve([name], TABLE, PACKAGE_ROOT, options);
    return new TalosOracle(found.get(name)?.path ?? "");
  }

  /** For a hook of Mocha: where Talos cannot be asked, its tests are skipped, visibly. */
  static async start(context: Mocha.Context, minor: Library = "1.13"): Promise<TalosOracle> {
    context.timeout(BUILD_TIMEOUT);
    const talos = await TalosOracle.build(minor);
    if (talos !== undefined) return talos;
    process.stdout.write("    Talos cannot be asked here: its library is built with Go\n");
    return context.skip();
  }

  /** @returns one answer per question, in their order. */
  ask(questions: readonly Question[]): Answer[] {
    return askProgram(this.executable, "the oracle of Talos", questions);
  }

  one(question: Question): Answer {
    return this.ask([question])[0] ?? {};
  }
}
