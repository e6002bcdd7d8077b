package csidriver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
)

// Run serves the driver at its endpoint until ctx is done.
func Run(ctx context.Context, args []string, env func(string) string) error {
	config, err := parseConfig(args, env)
	if err != nil {
		return err
	}
	socket, err := config.socket()
	if err != nil {
		return err
	}
	access, err := config.access(config.infra)
	if err != nil {
		return fmt.Errorf("access to the management cluster: %w", err)
	}
	infra, err := newInfra(access, config)
	if err != nil {
		return err
	}
	tenantAccess, err := config.access(config.tenant)
	if err != nil {
		return fmt.Errorf("access to the tenant: %w", err)
	}
	tenant, err := dynamic.NewForConfig(tenantAccess)
	if err != nil {
		return fmt.Errorf("access to the tenant: %w", err)
	}
	version, err := discovery.NewDiscoveryClientForConfig(access)
	if err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	csi.RegisterIdentityServer(server, identity{probe: func() error { _, err := version.ServerVersion(); return err }})
	csi.RegisterControllerServer(server, &controller{config: config, infra: infra, tenant: tenant})
	go func() {
		<-ctx.Done()
		server.Stop()
	}()
	return server.Serve(listener)
}

type identity struct {
	csi.UnimplementedIdentityServer
	probe func() error
}

func (identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: DriverName, VendorVersion: "sandbox"}, nil
}

func (identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	expansion := func(kind csi.PluginCapability_VolumeExpansion_Type) *csi.PluginCapability {
		return &csi.PluginCapability{Type: &csi.PluginCapability_VolumeExpansion_{
			VolumeExpansion: &csi.PluginCapability_VolumeExpansion{Type: kind},
		}}
	}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{
		{Type: &csi.PluginCapability_Service_{
			Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE},
		}},
		expansion(csi.PluginCapability_VolumeExpansion_ONLINE),
		expansion(csi.PluginCapability_VolumeExpansion_OFFLINE),
	}}, nil
}

func (i identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	if err := i.probe(); err != nil {
		return nil, err
	}
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}
