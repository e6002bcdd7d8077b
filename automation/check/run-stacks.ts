import { NAMESPACE } from "../../components/core/layers";
import { rememberingNetworks } from "../../stacks/fleet";
import { layers } from "../../stacks/layers";
import { refusePlainSecrets } from "../../stacks/secret-settings";
import { UNKNOWN, unwrapSecret } from "../../policies";
import { forReading } from "./placeholders";
import { merge } from "./policy-file";
import { runProgram, type CheckedResource, type StackOutputs } from "./program";
import type { Project, StackFile } from "./stack-files";

/** What running a stack's program gave. */
export interface StackRun {
  readonly file: StackFile;
  readonly resources: readonly CheckedResource[];
  /** Why the program did not come to its end. */
  readonly error?: string;
}

const ORGANIZATION = "organization";

/** Runs programs of stacks one after the other; what one publishes, the next one consumes. */
export class StackRunner {
  private readonly published = new Map<string, StackOutputs>();
  private readonly readNetworks = rememberingNetworks();

  constructor(
    private readonly project: Project,
    /** Settings of the check itself, merged over those of a stack. */
    private readonly overlay: (file: StackFile) => Readonly<Record<string, unknown>>,
  ) {}

  async run(file: StackFile): Promise<StackRun> {
    try {
      const layer = layers[file.stack.layer];
      const run = await layer.program();
      refusePlainSecrets(await layer.settings(), settingsOf(file), (value) => value === UNKNOWN);
      const qualified = (stack: string) => `${ORGANIZATION}/${this.project.name}/${stack}`;
      const context = {
        stack: file.stack,
        settings: merge(settingsOf(file), this.overlay(file)),
        qualified,
        root: this.project.root,
        readNetworks: this.readNetworks,
      };
      const { resources, outputs } = await runProgram(() => run(context), {
        project: this.project.name,
        stack: file.name,
        organization: ORGANIZATION,
        config: textsOf(file),
        stacks: Object.fromEntries(this.published),
      });
      this.published.set(qualified(file.name), plain(outputs));
      return { file, resources };
    } catch (error) {
      return { file, resources: [], error: error instanceof Error ? error.message : String(error) };
    }
  }
}

function settingsOf({ config }: StackFile): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]));
}

/** The engine hands structured settings over as JSON. */
function textsOf({ config }: StackFile): Record<string, string> {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}

/** What another stack reads: values without their marks, and which were secret. What is not known stays unknown. */
function plain(outputs: Readonly<Record<string, unknown>>): StackOutputs {
  const secrets: string[] = [];
  const values = Object.entries(outputs).map(([name, value]) => {
    const hidden = typeof value === "object" && value !== null ? unwrapSecret(value) : undefined;
    if (hidden !== undefined) secrets.push(name);
    return [name, forReading(name, hidden === undefined ? value : (hidden.value ?? UNKNOWN))] as const;
  });
  return { outputs: Object.fromEntries(values), secrets };
}
