import type { Rule } from "../../engine/rule";
import { accessMode, linstorTls, privilegedScoped } from "./linstor";
import { replicasPlaceable } from "./placement";
import { quorum, replicas } from "./replication";
import { defaultSingle, encryption, reclaim } from "./storage-classes";

export const storageRules: readonly Rule[] = [
  replicas,
  encryption,
  quorum,
  reclaim,
  defaultSingle,
  linstorTls,
  privilegedScoped,
  accessMode,
  replicasPlaceable,
];
