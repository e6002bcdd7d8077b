//go:build tools

// Package tools names what is built from this module, so that go.sum covers it.
package tools

import (
	_ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
)
