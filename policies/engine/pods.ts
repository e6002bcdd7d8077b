import { podTemplateWay } from "./pod-templates";
import type { Target } from "./target";
import type { View } from "./view";

/** A pod wherever it stands: in a Pod, a Deployment, a CronJob, a PodTemplate, a template inside a custom resource. */
export interface PodView {
  /** The object that holds it. */
  readonly target: Target;
  /** metadata of the pod itself, where its annotations and labels are. */
  readonly metadata: View;
  readonly spec: View;
  /** Containers, init containers and ephemeral containers. A list that is not known yet is noted on every read. */
  readonly containers: readonly ContainerView[];
  /** Only the containers that run for as long as the pod does. */
  readonly mainContainers: readonly ContainerView[];
}

export type ContainerList = "containers" | "initContainers" | "ephemeralContainers";

const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"] as const satisfies ContainerList[];

export interface ContainerView {
  readonly list: ContainerList;
  readonly view: View;
  /** securityContext of the container. */
  readonly security: View;
}

/** The pods that an object describes; found once for all rules. */
export function podsOf(target: Target): readonly PodView[] {
  return target.once(findPods);
}

function findPods(target: Target): readonly PodView[] {
  const way = podTemplateWay(target.key);
  if (way !== undefined) return [podAt(target, target.root.at(...way))];
  return target.custom ? templatesOf(target) : [];
}

/** Places where custom resources (operators' sets and jobs) carry a pod template. */
const CUSTOM_TEMPLATES = [
  ["spec", "template"],
  ["spec", "podTemplate"],
  ["spec", "podTemplateSpec"],
  ["spec", "jobTemplate", "spec", "template"],
  ["spec", "workloadTemplate", "spec", "template"],
];

function templatesOf(target: Target): readonly PodView[] {
  return CUSTOM_TEMPLATES.map((way) => target.root.at(...way))
    .filter(isPod)
    .map((template) => podAt(target, template));
}

/** Whether a template is a pod's, by its lists of containers; another shape is some other template, nothing malformed. */
function isPod(template: View): boolean {
  const spec = template.field("spec");
  if (spec.unreadable || isPatch(spec)) return false;
  return CONTAINER_LISTS.some((name) => {
    const list = spec.field(name);
    return list.unknown || (!list.unreadable && Array.isArray(list.value));
  });
}

/** Whether it is a patch of a pod that another object describes: it runs no container itself. */
function isPatch(spec: View): boolean {
  const containers = spec.field("containers");
  if (containers.unreadable || containers.present) return false;
  const others = spec.field("initContainers");
  return !others.unreadable && others.items().some((item) => !item.unreadable && item.field("$patch").present);
}

function podAt(target: Target, template: View): PodView {
  return new Pod(target, template.field("metadata"), template.field("spec"));
}

/** Shared by all rules: what is read once is kept. */
class Pod implements PodView {
  private all: readonly ContainerView[] | undefined;
  private main: readonly ContainerView[] | undefined;

  constructor(
    readonly target: Target,
    readonly metadata: View,
    readonly spec: View,
  ) {}

  get containers(): readonly ContainerView[] {
    if (this.all !== undefined) return this.all;
    const all = CONTAINER_LISTS.flatMap((list) => this.of(list));
    if (this.readable(...CONTAINER_LISTS)) this.all = all;
    return all;
  }

  get mainContainers(): readonly ContainerView[] {
    if (this.main !== undefined) return this.main;
    const main = this.of("containers");
    if (this.readable("containers")) this.main = main;
    return main;
  }

  private of(list: ContainerList): ContainerView[] {
    return this.spec
      .field(list)
      .items()
      .map((view) => ({ list, view, security: view.field("securityContext") }));
  }

  /** Whether reading the lists again would leave no note. */
  private readable(...lists: readonly ContainerList[]): boolean {
    return lists.every((list) => {
      const view = this.spec.field(list);
      return !view.unreadable && (view.value === undefined || view.value === null || Array.isArray(view.value));
    });
  }
}
