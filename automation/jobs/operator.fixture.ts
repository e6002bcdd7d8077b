import { IMAGE } from "./jobs.fixture";

/** What the operator's jobs are given beside; the command's defaults, and an image. */
export const OPERATOR_CHOICE = {
  image: IMAGE,
  directory: "/project",
  namespace: "firmament",
  secretName: "firmament",
  operatorNamespace: "pulumi-kubernetes-operator",
  memory: "2Gi",
};
