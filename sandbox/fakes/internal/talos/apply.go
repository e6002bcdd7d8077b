package talos

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/types/v1alpha1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"gopkg.in/yaml.v3"

	"firmament.example/sandbox/fakes/internal/atomicfile"
)

// metal is the runtime mode of the simulated machines. Nothing has to be said about the installation of one that has
// it behind itself.
type metal struct{ installed bool }

func (metal) String() string          { return "metal" }
func (m metal) RequiresInstall() bool { return !m.installed }
func (metal) InContainer() bool       { return false }

// tryMode is a configuration on trial.
type tryMode struct {
	before config.Provider
	timer  *time.Timer
}

const defaultTry = time.Minute

// ApplyConfiguration checks a configuration as Talos does and takes it: at once, with a reboot, after the next reboot,
// or on trial.
func (s *machineService) ApplyConfiguration(ctx context.Context, in *machineapi.ApplyConfigurationRequest) (*machineapi.ApplyConfigurationResponse, error) {
	m := target(ctx, s.self)
	reply, after, err := m.apply(ctx, in)
	if err != nil {
		return nil, err
	}
	if after != nil {
		after()
	}
	return &machineapi.ApplyConfigurationResponse{Messages: []*machineapi.ApplyConfiguration{reply}}, nil
}

func (m *Machine) apply(ctx context.Context, in *machineapi.ApplyConfigurationRequest) (*machineapi.ApplyConfiguration, func(), error) {
	before := m.snapshot()
	p := m.profile(before)
	maintenance := before.stage == StageMaintenance
	if p.appliesOne() {
		if !m.applying.TryLock() {
			return nil, nil, status.Error(codes.FailedPrecondition, "another apply configuration is already in progress")
		}
		defer m.applying.Unlock()
	}
	if err := p.takes(in.GetMode(), maintenance); err != nil {
		return nil, nil, err
	}
	next, warnings, err := m.validate(ctx, in.GetData(), maintenance && p.separateMaintenance())
	if err != nil {
		return nil, nil, err
	}
	// Documents without the v1alpha1 part complete nothing: such a machine stays in maintenance mode.
	if next.RawV1Alpha1() == nil || !next.CompleteForBoot() {
		return nil, nil, status.Error(codes.InvalidArgument, "the applied machine configuration doesn't contain v1alpha1 config")
	}
	needs := ""
	if !maintenance && p.restarts() {
		needs = needsReboot(before.config, next)
	}
	mode, details, err := decide(in, maintenance, needs)
	if err != nil {
		return nil, nil, err
	}
	reply := &machineapi.ApplyConfiguration{Warnings: warnings, Mode: mode, ModeDetails: details}
	if maintenance && p.separateMaintenance() {
		// It does not say what it did: the mode that is not set reads as a restart.
		reply.Mode, reply.ModeDetails = machineapi.ApplyConfigurationRequest_REBOOT, ""
	}
	if in.GetDryRun() {
		reply.Warnings, reply.ModeDetails = nil, "Dry run summary:\n"+details+" (skipped in dry-run)."
		if maintenance && p.separateMaintenance() {
			reply.ModeDetails = "Dry run summary:\nNode is running in maintenance mode and does not have a config yet."
		}
		return reply, nil, nil
	}
	after, err := m.take(next, in, mode, maintenance)
	if err != nil {
		return nil, nil, status.Error(codes.Internal, err.Error())
	}
	return reply, after, nil
}

// takes refuses modes that a version does not have.
func (p profile) takes(mode machineapi.ApplyConfigurationRequest_Mode, maintenance bool) error {
	switch mode {
	case machineapi.ApplyConfigurationRequest_AUTO, machineapi.ApplyConfigurationRequest_TRY:
		return nil
	case machineapi.ApplyConfigurationRequest_REBOOT:
		if !maintenance && !p.restarts() {
			return status.Error(codes.Unimplemented, "the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead")
		}
		return nil
	default:
		if maintenance && p.separateMaintenance() {
			name := strings.ReplaceAll(strings.ToLower(mode.String()), "_", "-")
			return status.Errorf(codes.Unimplemented, "apply configuration --mode='%s' is not supported in maintenance mode", name)
		}
		return nil
	}
}

// decide says how a configuration is taken: needs is why only a restart will do.
func decide(in *machineapi.ApplyConfigurationRequest, maintenance bool, needs string) (machineapi.ApplyConfigurationRequest_Mode, string, error) {
	const without = "Applied configuration without a reboot"
	mode := in.GetMode()
	if maintenance && mode == machineapi.ApplyConfigurationRequest_REBOOT {
		mode = machineapi.ApplyConfigurationRequest_NO_REBOOT
	}
	switch mode {
	case machineapi.ApplyConfigurationRequest_AUTO:
		if needs != "" {
			return machineapi.ApplyConfigurationRequest_REBOOT, "Applied configuration with a reboot: " + needs, nil
		}
		return machineapi.ApplyConfigurationRequest_NO_REBOOT, without, nil
	case machineapi.ApplyConfigurationRequest_NO_REBOOT, machineapi.ApplyConfigurationRequest_TRY:
		if needs != "" {
			return mode, "", status.Error(codes.InvalidArgument, needs)
		}
		if mode == machineapi.ApplyConfigurationRequest_TRY {
			return mode, fmt.Sprintf("%s\nThe config is applied in 'try' mode and will be automatically reverted back in %s", without, tryTimeout(in)), nil
		}
		return mode, without, nil
	case machineapi.ApplyConfigurationRequest_REBOOT:
		return mode, "Applied configuration with a reboot", nil
	case machineapi.ApplyConfigurationRequest_STAGED:
		return mode, "Staged configuration to be applied after the next reboot", nil
	default:
		return mode, "", status.Errorf(codes.Unknown, "incorrect mode '%s' specified for the apply config call", mode)
	}
}

// validate parses and checks; every fault of a configuration is InvalidArgument, save what the separate maintenance
// server of Talos 1.12 cannot parse.
func (m *Machine) validate(ctx context.Context, data []byte, separate bool) (config.Provider, []string, error) {
	next, err := configloader.NewFromBytes(data)
	if err != nil {
		if separate {
			return nil, nil, fmt.Errorf("failed to parse config: %w", err)
		}
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	before := ""
	if separate {
		before = "configuration validation failed: "
	}
	s := m.snapshot()
	mode := metal{installed: s.kept.Installed}
	warnings, err := next.Validate(mode)
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, before+err.Error())
	}
	more, err := m.runtimeValidate(ctx, next, mode, m.profile(s))
	if err != nil {
		if separate {
			before = "runtime " + before
		}
		return nil, nil, status.Error(codes.InvalidArgument, before+err.Error())
	}
	return next, append(warnings, more...), nil
}

// take stores a configuration, and gives what has to happen after that.
func (m *Machine) take(next config.Provider, in *machineapi.ApplyConfigurationRequest, mode machineapi.ApplyConfigurationRequest_Mode, maintenance bool) (func(), error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch mode {
	case machineapi.ApplyConfigurationRequest_STAGED:
		if maintenance {
			// There is nothing to go on with until then: the machine takes it with its first boot.
			break
		}
		return m.publishPersistent, atomicfile.Write(m.stagedFile(), in.GetData(), 0o600)
	case machineapi.ApplyConfigurationRequest_TRY:
		if !maintenance {
			m.startTry(next, tryTimeout(in))
			return m.reconfigured, nil
		}
	default:
	}
	// The configuration on disk is what decides how the machine comes back.
	if err := atomicfile.Write(m.configFile(), in.GetData(), 0o600); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(m.stagedFile()); err != nil {
		return nil, err
	}
	m.config = next
	if m.try != nil {
		m.try.timer.Stop()
		m.try = nil
	}
	switch {
	case maintenance:
		return func() { m.send(commandConfigured) }, nil
	case mode == machineapi.ApplyConfigurationRequest_REBOOT:
		return func() { m.send(commandReboot) }, nil
	default:
		return m.reconfigured, nil
	}
}

// reconfigured lets everything follow a configuration that was taken without a reboot.
func (m *Machine) reconfigured() {
	m.publishConfig()
	m.loadModules()
	m.fleet.notify()
}

// startTry is called with the lock held. A configuration on trial is not written down: a reboot ends the trial too.
func (m *Machine) startTry(next config.Provider, timeout time.Duration) {
	before := m.config
	if m.try != nil {
		m.try.timer.Stop()
		before = m.try.before
	}
	trial := &tryMode{before: before}
	trial.timer = time.AfterFunc(timeout, func() {
		m.mu.Lock()
		current := m.try == trial
		if current {
			m.config, m.try = trial.before, nil
		}
		m.mu.Unlock()
		if current {
			m.reconfigured()
		}
	})
	m.config, m.try = next, trial
}

func tryTimeout(in *machineapi.ApplyConfigurationRequest) time.Duration {
	if d := in.GetTryModeTimeout().AsDuration(); d > 0 {
		return d
	}
	return defaultTry
}

// takeStaged makes a staged configuration the current one, and ends a trial.
func (m *Machine) takeStaged() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.try != nil {
		m.try.timer.Stop()
		m.try = nil
	}
	if data, err := os.ReadFile(m.stagedFile()); err == nil {
		if err := atomicfile.Write(m.configFile(), data, 0o600); err != nil {
			return err
		}
		if err := os.Remove(m.stagedFile()); err != nil {
			return err
		}
	}
	return m.loadConfig()
}

// needsReboot says why a change cannot be taken while a machine runs; empty when it can. Only the v1alpha1 document
// ever needs a reboot, and of it everything outside the list of fields copied here.
func needsReboot(from, to config.Provider) string {
	current, next := from.RawV1Alpha1(), to.RawV1Alpha1()
	if current == nil || next == nil || current.MachineConfig == nil || next.MachineConfig == nil {
		return ""
	}
	allowed := current.DeepCopy()
	allowed.ConfigDebug, allowed.ClusterConfig = next.ConfigDebug, next.ClusterConfig
	a, n := allowed.MachineConfig, next.MachineConfig
	a.MachineCA, a.MachineAcceptedCAs, a.MachineTime, a.MachineCertSANs = n.MachineCA, n.MachineAcceptedCAs, n.MachineTime, n.MachineCertSANs
	a.MachineInstall, a.MachineNetwork, a.MachineSysfs, a.MachineSysctls = n.MachineInstall, n.MachineNetwork, n.MachineSysfs, n.MachineSysctls
	a.MachineLogging, a.MachineControlPlane, a.MachineKubelet, a.MachineKernel = n.MachineLogging, n.MachineControlPlane, n.MachineKubelet, n.MachineKernel
	a.MachineRegistries, a.MachinePods, a.MachineSeccompProfiles = n.MachineRegistries, n.MachinePods, n.MachineSeccompProfiles //nolint:staticcheck
	a.MachineNodeLabels, a.MachineNodeAnnotations, a.MachineNodeTaints = n.MachineNodeLabels, n.MachineNodeAnnotations, n.MachineNodeTaints
	if n.MachineFeatures != nil {
		if a.MachineFeatures == nil {
			a.MachineFeatures = &v1alpha1.FeaturesConfig{}
		}
		f, g := a.MachineFeatures, n.MachineFeatures
		f.KubernetesTalosAPIAccessConfig, f.KubePrismSupport, f.HostDNSSupport = g.KubernetesTalosAPIAccessConfig, g.KubePrismSupport, g.HostDNSSupport
		f.ImageCacheSupport, f.FeatureNodeAddressSortAlgorithm = g.ImageCacheSupport, g.FeatureNodeAddressSortAlgorithm
	}
	left, err := yaml.Marshal(allowed)
	if err != nil {
		return "this config change can't be applied in immediate mode"
	}
	right, err := yaml.Marshal(next)
	if err != nil || string(left) != string(right) {
		return "this config change can't be applied in immediate mode"
	}
	return ""
}
