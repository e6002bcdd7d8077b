package talos

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/blang/semver/v4"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/siderolabs/talos/pkg/machinery/platforms"
)

// getUrls is talos:imageFactory/getUrls:getUrls.
func (f *factory) getUrls() function {
	return function{
		schema: schema{
			"schematicId":  {required: true},
			"talosVersion": {required: true},
			"architecture": {fallback: platforms.ArchAmd64, oneOf: []string{platforms.ArchAmd64, platforms.ArchArm64}},
			"platform":     {oneOf: platformNames()},
			"sbc":          {oneOf: boardNames()},
		},
		validate: func(args resource.PropertyMap) []plugin.CheckFailure {
			failures := exactlyOne(args, "platform", "sbc")
			if version := textOf(args, "talosVersion"); version != "" {
				if _, err := semver.ParseTolerant(version); err != nil {
					failures = append(failures, plugin.CheckFailure{
						Property: "talosVersion",
						Reason:   fmt.Sprintf("talosVersion: %q — must be a version like v1.13.2 (%v); correct it", version, err),
					})
				}
			}
			return failures
		},
		run: func(_ context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			urls, err := f.urls(args)
			if err != nil {
				return nil, err
			}
			return resource.PropertyMap{"urls": resource.NewProperty(urls), "id": resource.NewProperty("")}, nil
		},
	}
}

func platformNames() []string {
	names := []string{platforms.MetalPlatform().Name}
	for _, platform := range platforms.CloudPlatforms() {
		names = append(names, platform.Name)
	}
	return names
}

func boardNames() []string {
	var names []string
	for _, board := range platforms.SBCs() {
		names = append(names, board.Name)
	}
	return names
}

// urls are the addresses of everything built from a schematic; empty where the platform has no such thing.
func (f *factory) urls(args resource.PropertyMap) (resource.PropertyMap, error) {
	base, err := url.Parse(f.base)
	if err != nil {
		return nil, fmt.Errorf("imageFactoryUrl: %w", err)
	}
	architecture, platformName := textOf(args, "architecture"), textOf(args, "platform")
	schematic := textOf(args, "schematicId")
	version := "v" + strings.TrimPrefix(textOf(args, "talosVersion"), "v")

	urls := resource.PropertyMap{}
	for _, key := range []resource.PropertyKey{
		"installer", "installerSecureboot", "iso", "isoSecureboot", "diskImage", "diskImageSecureboot", "pxe", "kernel",
		"kernelCommandLine", "initramfs", "uki",
	} {
		urls[key] = resource.NewProperty("")
	}
	set := func(key resource.PropertyKey, format string, parts ...any) {
		urls[key] = resource.NewProperty(fmt.Sprintf(format, parts...))
	}
	image := func(key resource.PropertyKey, file string) {
		set(key, "%s/image/%s/%s/%s", f.base, schematic, version, file)
	}
	installer := func(key resource.PropertyKey, name string) {
		set(key, "%s/%s/%s:%s", base.Host, name, schematic, version)
	}

	if platformName == "" { // a board
		installer("installer", "metal-installer")
		image("diskImage", "metal-arm64.raw.xz")
		return urls, nil
	}
	platform, secureBoot, boots := platforms.MetalPlatform(), true, []platforms.BootMethod{
		platforms.BootMethodISO, platforms.BootMethodDiskImage, platforms.BootMethodPXE,
	}
	if platformName != platform.Name {
		all := platforms.CloudPlatforms()
		index := slices.IndexFunc(all, func(p platforms.Platform) bool { return p.Name == platformName })
		platform, secureBoot, boots = all[index], all[index].SecureBootSupported, all[index].BootMethods
	} else {
		image("kernel", platform.KernelPath(architecture))
		image("kernelCommandLine", platform.CmdlinePath(architecture))
		image("initramfs", platform.InitramfsPath(architecture))
		image("uki", platform.SecureBootUKIPath(architecture))
	}
	installer("installer", platformName+"-installer")
	if secureBoot {
		installer("installerSecureboot", platformName+"-installer-secureboot")
	}
	for _, boot := range boots {
		switch boot {
		case platforms.BootMethodDiskImage:
			image("diskImage", platform.DiskImageDefaultPath(architecture))
			if secureBoot {
				image("diskImageSecureboot", platform.SecureBootDiskImageDefaultPath(architecture))
			}
		case platforms.BootMethodISO:
			image("iso", platform.ISOPath(architecture))
			if secureBoot {
				image("isoSecureboot", platform.SecureBootISOPath(architecture))
			}
		case platforms.BootMethodPXE:
			script := platform.PXEScriptPath(architecture)
			set("pxe", "%s://pxe.%s/pxe/%s/%s/%s", base.Scheme, base.Host, schematic, version, script)
		}
	}
	return urls, nil
}
