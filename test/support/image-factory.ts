import { PACKAGE_ROOT } from "../../components/core/package-root";
import type { ImageUrls } from "../../components/talos/image/urls";
import { silentProgress } from "../../sandbox/offline/toolchain";
import { resolve, type ToolTable } from "../../sandbox/offline/toolchain/resolve";
import type { Tool } from "../../sandbox/offline/toolchain/tool";
import { tools } from "../../sandbox/offline/toolchain/tools";
import { IMAGE_FACTORY } from "../../versions/talos";
import { askProgram } from "./program";
import { BUILD_TIMEOUT } from "./talos-oracle";

/** A question about one schematic; with a version, also about what is made of it. */
export interface Question {
  /** As it is sent to the factory. */
  readonly schematic: string;
  /** Without its v. */
  readonly version?: string;
  readonly secureBoot?: boolean;
  readonly architecture?: string;
}

export interface Answer {
  readonly id?: string;
  /** The schematic as the factory writes it. */
  readonly text?: string;
  /** Of the kernel, on amd64. */
  readonly arguments?: readonly string[];
  /** Names of files, as the URLs end. */
  readonly files?: Partial<Record<keyof ImageUrls, string>>;
  /** Why the factory refuses it. */
  readonly error?: string;
}

type ToolName = "go" | "image-factory";

const TABLE: ToolTable<ToolName> = {
  go: tools.go as Tool<ToolName>,
  "image-factory": {
    version: IMAGE_FACTORY,
    build: { module: "sandbox/offline/tools/image-factory", package: ".", seconds: 20, megabytes: 8 },
  },
};

/** Asks the library of Talos' image factory. */
export class ImageFactory {
  private constructor(private readonly executable: string) {}

  /** For a hook of Mocha: where there is no Go, and none to be had, its tests are skipped, visibly. */
  static async start(context: Mocha.Context): Promise<ImageFactory> {
    context.timeout(BUILD_TIMEOUT);
    const options = { progress: silentProgress };
    try {
      await resolve(["go"], TABLE, PACKAGE_ROOT, options);
    } catch {
      process.stdout.write("    the image factory cannot be asked here: its library is built with Go\n");
      return context.skip();
    }
    const found = await resolve(["image-factory"], TABLE, PACKAGE_ROOT, options);
    return new ImageFactory(found.get("image-factory")?.path ?? "");
  }

  /** @returns one answer per question, in their order. */
  ask(questions: readonly Question[]): Answer[] {
    return askProgram(this.executable, "the image factory", questions);
  }
}
