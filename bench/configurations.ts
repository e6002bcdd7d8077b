import { performance } from "node:perf_hooks";
import { machinePatches } from "../components/talos/machine-config";
import { parseBaseSettings } from "../components/talos/parse";
import { machinesOf } from "../components/talos/settings";
import { type Figure, figure, median } from "./figures";
import { baseOf } from "./inputs";

const SIZES = [1, 10, 100, 1000] as const;

/** Configurations that are made before a size is measured: the runtime compiles on the way. */
const WARM_UP = 200;

/** Milliseconds per machine from a stack file's settings to the patches of every machine, by number of machines. */
export class ConfigurationBench {
  private readonly sizes = SIZES.map((machines) => ({
    machines,
    time: figure(`settings checked, configuration planned, ${machines} machines`, "ms/machine", 5),
  }));
  private readonly linear = figure("the same per machine, 1000 machines / 10", "ratio", 1.5);

  get figures(): readonly Figure[] {
    return [...this.sizes.map(({ time }) => time), this.linear];
  }

  round(): void {
    const [, ten, , thousand] = this.sizes.map(({ machines, time }) => {
      const each = perMachine(machines);
      time.values.push(each);
      return each;
    });
    this.linear.values.push((thousand ?? NaN) / (ten ?? NaN));
  }
}

/** The median of as many runs as make a thousand machines. */
export function perMachine(machines: number): number {
  const given = { layer: "base", base: baseOf(machines) };
  const once = () => {
    const started = performance.now();
    const settings = parseBaseSettings(given);
    const made = machinesOf(settings).map((machine) => machinePatches(settings, machine));
    if (made.length !== machines) throw new Error(`${made.length} machines — must be ${machines}`);
    return (performance.now() - started) / machines;
  };
  for (let done = 0; done < WARM_UP; done += machines) once();
  return median(Array.from({ length: Math.max(3, Math.ceil(1000 / machines)) }, once));
}
