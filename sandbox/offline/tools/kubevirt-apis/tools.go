//go:build tools

// Package tools names the types that the sandbox generates CRDs from, so that go.sum covers them.
package tools

import (
	_ "kubevirt.io/api/core/v1"
	_ "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)
