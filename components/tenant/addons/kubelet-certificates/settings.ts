import { z } from "zod";
import { enabled } from "../enabled";

/** Settings of certificates that kubelets serve. */
export const kubeletCertificatesSettings = z.strictObject({ enabled }).meta({ title: "Kubelet certificates" });
