import type { Rule } from "../../engine/rule";
import { awaited, checksKept, namespaceOwned } from "./operation";
import { rendered } from "./rendered";
import { ociDigest, provenance, repositoryAllowed, repositoryHttps, versionPinned } from "./sources";
import { valuesWithoutSecrets } from "./values";

export const helmRules: readonly Rule[] = [
  versionPinned,
  repositoryAllowed,
  repositoryHttps,
  ociDigest,
  provenance,
  valuesWithoutSecrets,
  awaited,
  checksKept,
  rendered,
  namespaceOwned,
];
