import { X509Certificate } from "node:crypto";
import { z } from "zod";

/** One or more certificates of authorities, in PEM. */
export const certificate = z.string().refine(isCertificate, "must be a certificate in PEM");

function isCertificate(text: string): boolean {
  try {
    return text.includes("-----BEGIN CERTIFICATE-----") && new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}
