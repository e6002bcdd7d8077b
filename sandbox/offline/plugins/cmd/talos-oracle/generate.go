package main

import (
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
)

type generating struct {
	// Role is controlplane or worker.
	Role string `json:"role"`
	// Contract is a minor version of Talos like v1.13.
	Contract string `json:"contract"`
	// Kubernetes is a version without its v.
	Kubernetes string `json:"kubernetes"`
}

func (g generating) configuration() ([]byte, error) {
	contract, err := config.ParseContractFromVersion(g.Contract)
	if err != nil {
		return nil, err
	}
	keys, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), contract)
	if err != nil {
		return nil, err
	}
	input, err := generate.NewInput("cluster", "https://192.0.2.10:6443", g.Kubernetes,
		generate.WithVersionContract(contract), generate.WithSecretsBundle(keys), generate.WithInstallDisk("/dev/sda"))
	if err != nil {
		return nil, err
	}
	role, err := machine.ParseType(g.Role)
	if err != nil {
		return nil, err
	}
	generated, err := input.Config(role)
	if err != nil {
		return nil, err
	}
	return generated.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
}
