#!/bin/sh
# siderolabs/crypto 0.6.5: Node.js takes no key that Talos writes, until one word of it is changed.
#
# Keys of Talos (the authority of its API, the administrator's in a talosconfig) are Ed25519 in PKCS #8, under a PEM label
# of their own: "ED25519 PRIVATE KEY". Go, which Talos is written in, looks at the content alone. OpenSSL goes by the label
# and knows none of that name, so that TLS of Node.js refuses the key as unsupported, and with it every client of the Talos
# API that is given a talosconfig as it is. With the label "PRIVATE KEY", which PKCS #8 has by RFC 7468, the same bytes are
# taken.
#
# Most people expect: a key in PEM that one TLS library has written is one that another reads.
#
# Source: github.com/siderolabs/crypto, x509/constants.go (PEMTypeEd25519Private); RFC 7468 section 10; seen with the
# client configuration of Talos 1.13.
#
# Needs Go and Node.js 20 or newer. Exit code: 0 as described, 1 when it has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

cat > main.go <<'END'
package main

import (
	"os"
	"time"

	"github.com/siderolabs/crypto/x509"
)

func main() {
	ca, err := x509.NewSelfSignedCertificateAuthority(x509.NotAfter(time.Now().Add(time.Hour)))
	if err != nil {
		panic(err)
	}
	_ = os.WriteFile("ca.crt", ca.CrtPEM, 0o600)
	_ = os.WriteFile("ca.key", ca.KeyPEM, 0o600)
}
END
go mod init example.com/finding >/dev/null 2>&1
go get github.com/siderolabs/crypto@v0.6.5 >&2
go run . >&2

cat > tls.js <<'END'
const fs = require("node:fs");
const tls = require("node:tls");
const [cert, key] = ["ca.crt", "ca.key"].map((file) => fs.readFileSync(file, "utf8"));
const tried = (name, text) => {
  try {
    tls.createSecureContext({ cert, key: text });
    console.log(`${name}: taken`);
  } catch (error) {
    console.log(`${name}: refused`);
    console.error(error.message);
  }
};
console.log(`label: ${/BEGIN (.*?)-/.exec(key)[1]}`);
tried("as written", key);
tried("as PRIVATE KEY", key.replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY"));
END
node tls.js > output
cat > expected <<'END'
label: ED25519 PRIVATE KEY
as written: refused
as PRIVATE KEY: taken
END
cat output
diff expected output || { echo "changed: see the lines above"; exit 1; }
echo "siderolabs/crypto 0.6.5 with Node.js $(node --version), as described: the label keeps the key out."
