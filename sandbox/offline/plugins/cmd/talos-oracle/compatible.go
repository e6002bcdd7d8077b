package main

import (
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/compatibility"
)

// compatible has versions without their v.
type compatible struct {
	Talos      string `json:"talos"`
	Kubernetes string `json:"kubernetes"`
	From       string `json:"from"`
}

func (c compatible) check() error {
	release, err := compatibility.ParseTalosVersion(&machineapi.VersionInfo{Tag: c.Talos})
	if err != nil {
		return err
	}
	if c.From != "" {
		before, err := compatibility.ParseTalosVersion(&machineapi.VersionInfo{Tag: c.From})
		if err != nil {
			return err
		}
		return release.UpgradeableFrom(before)
	}
	kubernetes, err := compatibility.ParseKubernetesVersion(c.Kubernetes)
	if err != nil {
		return err
	}
	return kubernetes.SupportedWith(release)
}
