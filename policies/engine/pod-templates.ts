/** Path from the object to what has `metadata` and `spec` of a pod. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  "core/Pod": [],
  "core/PodTemplate": ["template"],
  "core/ReplicationController": ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "batch/Job": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** True for the kinds of Kubernetes itself that run pods. */
export function runsPods(key: string): boolean {
  return Object.hasOwn(TEMPLATES, key);
}

/** Path from an object of that kind to its pod template; undefined for kinds that have none. */
export function podTemplateWay(key: string): readonly string[] | undefined {
  return runsPods(key) ? TEMPLATES[key] : undefined;
}
