import * as assert from "node:assert/strict";
import { machinePatches } from "../../components/talos/machine-config";
import { parseBaseSettings } from "../../components/talos/parse";
import { type BaseSettings, type Machine, machinesOf } from "../../components/talos/settings";
import type { base } from "../../components/talos/settings.fixture";
import { contractOf } from "../../components/talos/version";
import { type Answer, type Library, TalosOracle } from "./talos-oracle";

/** Minors of Talos that the settings take. */
export const MINORS = [12, 13, 14] as const;
export type Minor = (typeof MINORS)[number];

/** A machine and its whole configuration. */
export interface Configured {
  readonly machine: Machine;
  readonly answer: Answer;
}

/**
 * Configurations as the pinned provider makes them (terraform-provider-talos 0.11.0 with machinery 1.13.0), judged by
 * the library of each Talos that may get them: 1.12.0, 1.13.0, and 1.14.0-alpha.2, the only one of 1.14 that the Go
 * proxy serves.
 */
export class TalosMachines {
  /** As generated, by role and contract; keys take their time. */
  private readonly bases = new Map<string, string>();

  private constructor(private readonly libraries: ReadonlyMap<Library, TalosOracle>) {}

  /** For a hook of Mocha: where Talos cannot be asked, its tests are skipped, visibly. */
  static async start(context: Mocha.Context): Promise<TalosMachines> {
    const libraries = new Map<Library, TalosOracle>();
    for (const minor of MINORS) libraries.set(`1.${minor}`, await TalosOracle.start(context, `1.${minor}`));
    return new TalosMachines(libraries);
  }

  library(minor: Minor): TalosOracle {
    return this.libraries.get(`1.${minor}`) ?? assert.fail(`1.${minor}`);
  }

  /** What the provider generates for a machine, before patches. */
  generated(settings: BaseSettings, { role }: Machine): string {
    const contract = contractOf(settings);
    const key = `${role} ${contract}`;
    const made =
      this.bases.get(key) ?? this.library(13).one({ generate: { role, contract, kubernetes: "1.34.4" } }).config ?? "";
    this.bases.set(key, made);
    return made;
  }

  /** The configuration of every machine, validated by the provider's library. */
  configured(settings: BaseSettings): readonly Configured[] {
    const machines = machinesOf(settings);
    const answers = this.library(13).ask(
      machines.map((machine) => ({
        config: this.generated(settings, machine),
        patches: machinePatches(settings, machine),
        validate: true,
      })),
    );
    return machines.map((machine, index) => ({ machine, answer: answers[index] ?? {} }));
  }

  /** Fails where the Talos of this minor, or the provider's library, refuses a machine's configuration or warns of it. */
  accept(minor: Minor, settings: BaseSettings): readonly Configured[] {
    const made = this.configured(settings);
    for (const { machine, answer } of made)
      assert.equal(answer.error, undefined, `${machine.name}, for v1.${minor}, in 1.13`);
    const taken = this.library(minor).ask(made.map(({ answer }) => ({ config: answer.config ?? "", validate: true })));
    for (const [index, { machine }] of made.entries()) {
      const { error, warnings = [] } = taken[index] ?? {};
      const about = `${machine.name}, for v1.${minor}`;
      assert.equal(error, undefined, about);
      // 1.14 has another document for files, which 1.13 does not know
      assert.deepEqual(
        warnings.filter((text) => !/machine\.files/.test(text)),
        [],
        about,
      );
    }
    return made;
  }
}

/** The settings for a version of Talos, with an installer of it. */
export function settingsFor(minor: Minor, given: unknown): BaseSettings {
  const { base: settings, ...others } = structuredClone(given) as { base: typeof base & { talos: { image?: object } } };
  const { installer, image } = settings.talos;
  const installed =
    image === undefined
      ? { installer: installer.replace(/:v[\d.]+$/, `:v1.${minor}.0`) }
      : { image: { ...image, version: `v1.${minor}.0` } };
  return parseBaseSettings({
    ...others,
    base: { ...settings, talos: { ...settings.talos, version: `v1.${minor}`, ...installed } },
  });
}
