import { createRequire, Module } from "node:module";
import * as path from "node:path";

/**
 * Modules that the Pulumi SDK (3.270) loads whenever it is loaded, for functions that are serialized into a state, which
 * nothing here does: the TypeScript compiler and npm's dependency resolver, two thirds of the time that loading takes.
 */
const SELDOM_USED = ["./typescript-shim", "@npmcli/arborist"] as const;

/**
 * Lets the Pulumi SDK load the modules above when it uses them, not when it is loaded. To be called before it is; nothing
 * happens where it has been loaded already, or cannot be found.
 *
 * Entries of `require.cache` may be added, by Node.js's documentation.
 */
export function loadLate(): void {
  const here = createRequire(__filename);
  const sdk = found(() => createRequire(here.resolve("@pulumi/pulumi/package.json")));
  if (sdk === undefined) return;
  for (const name of SELDOM_USED) {
    const file = found(() => sdk.resolve(name));
    if (file === undefined || sdk.cache[file] !== undefined) continue;
    sdk.cache[file] = standIn(file, () => {
      delete sdk.cache[file];
      return sdk(file) as object;
    });
  }
}

/** A module that is there, and loads what it stands for as soon as something of it is asked for. */
function standIn(file: string, load: () => object): NodeJS.Module {
  let loaded: object | undefined;
  const real = () => (loaded ??= load());
  const module = new Module(file);
  module.filename = file;
  module.path = path.dirname(file);
  module.loaded = true;
  module.exports = new Proxy(
    {},
    {
      // compiled code asks every module whether it is an ES module, and copies one that is not
      get: (_, key) => (key === "__esModule" ? true : (Reflect.get(real(), key) as unknown)),
      has: (_, key) => Reflect.has(real(), key),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => {
        const descriptor = Reflect.getOwnPropertyDescriptor(real(), key);
        return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
      },
    },
  );
  return module;
}

function found<T>(resolve: () => T): T | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}
