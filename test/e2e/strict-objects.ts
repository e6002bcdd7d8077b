import { fieldsOf } from "../../components/core/fields";
import { apply, get } from "./kubernetes-objects";

/** Groups that API servers serve by themselves; other groups are those of custom resources. */
const BUILT_IN = /^(?:v1|[a-z]+\/|[a-z.]*\.k8s\.io\/)/;
const OF_CUSTOM_KINDS = /^(?:snapshot\.storage|gateway\.networking)\./;
/** How a state marks a secret. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** An object of a deployment, as its program wants it. */
export interface Wanted {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface State {
  readonly deployment: { readonly resources?: readonly { readonly type: string; readonly inputs?: unknown }[] };
}

/** Custom resources of a stack's exported state. Those with secrets in them are left out: a state has no values. */
export function customResources(exported: string): readonly Wanted[] {
  const { deployment } = JSON.parse(exported) as State;
  return (deployment.resources ?? [])
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .flatMap(({ inputs }) => {
      const { apiVersion } = fieldsOf(inputs);
      const own = typeof apiVersion === "string" && (!BUILT_IN.test(apiVersion) || OF_CUSTOM_KINDS.test(apiVersion));
      return own && !JSON.stringify(inputs).includes(SECRET) ? [inputs as Wanted] : [];
    });
}

/** Asks the API server what it says of objects if unknown fields are errors; nothing changes. */
export class StrictServer {
  private readonly kinds = new Map<string, Promise<readonly Readonly<Record<string, unknown>>[]>>();

  constructor(private readonly kubeconfig: string) {}

  /** @throws Error when the object is not there, or would be refused. */
  async accepts(object: Wanted): Promise<void> {
    const { place, metadata } = await this.placeOf(object);
    if ((await get(this.kubeconfig, place)) === undefined) throw new Error(`${place}: is not there`);
    const strictly = "dryRun=All&fieldValidation=Strict&force=true&fieldManager=strict-test";
    await apply(this.kubeconfig, `${place}?${strictly}`, { ...object, metadata });
  }

  private async placeOf({ apiVersion, kind, metadata }: Wanted) {
    const root = `/apis/${apiVersion}`;
    const asked = this.kinds.get(root) ?? this.served(root);
    this.kinds.set(root, asked);
    const found = (await asked).find((each) => each["kind"] === kind && !String(each["name"]).includes("/"));
    if (found === undefined) throw new Error(`${apiVersion} ${kind}: is not served`);
    // the provider notes "default" for objects without namespaces as well whose kind was not served when it planned them
    const { namespace, ...own } = metadata;
    const namespaced = found["namespaced"] === true && namespace !== undefined;
    const folder = namespaced ? `${root}/namespaces/${namespace}` : root;
    return { place: `${folder}/${String(found["name"])}/${metadata.name}`, metadata: namespaced ? metadata : own };
  }

  private async served(root: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { resources } = fieldsOf(await get(this.kubeconfig, root));
    return Array.isArray(resources) ? resources.map(fieldsOf) : [];
  }
}
