package iam

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/state"
)

func (s *Service) addMFA(t *api.Table) {
	api.Op(t, "CreateVirtualMFADevice", newMFADevice, s.createMFADevice)
	api.Op(t, "ListVirtualMFADevices", listsVirtualMFADevices, s.listVirtualMFADevices)
	api.Op(t, "DeleteVirtualMFADevice", deletesMFADevice, s.deleteMFADevice)

	api.Op(t, "EnableMFADevice", enablesMFADevice, s.enableMFADevice)
	api.Op(t, "ResyncMFADevice", resyncsMFADevice, s.resyncMFADevice)
	api.Op(t, "DeactivateMFADevice", deactivatesMFADevice, s.deactivateMFADevice)
	api.Op(t, "GetMFADevice", getsMFADevice, s.getMFADevice)
	api.Op(t, "ListMFADevices", listsMFADevices, s.listMFADevices)

	edit[iamapi.TagMFADeviceOutput](t, "TagMFADevice", tagMFADevice, tagsEntity, s.tag)
	edit[iamapi.UntagMFADeviceOutput](t, "UntagMFADevice", untagMFADevice, untagsEntity, untag)
	read(t, "ListMFADeviceTags", listMFADeviceTags, lists, listTags[iamapi.ListMFADeviceTagsOutput](s))
}

// mfaDevices are virtual MFA devices, whose names are serial numbers. There are
// no others: hardware tokens and security keys are unknown here.
var mfaDevices = &noun{
	word: "mfa", missing: deviceMissing,
	find: func(s *state.Snapshot, account, serial string) (holder, bool) {
		d, ok := s.MFADevice(account, serial)
		if !ok {
			return holder{}, false
		}
		e := *d
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutMFADevice(&e) },
		}, true
	},
	arn: func(account, serial string) string {
		return arn.MFA(account, "/", strings.TrimPrefix(serial, arn.MFA(account, "/", "")))
	},
	tags: tagsPerMFADevice,
}

func newMFADevice(c *api.Call, in *iamapi.CreateVirtualMFADeviceInput) []api.Check {
	return making(c, arn.MFA(c.Account, pathOf(in.Path), in.VirtualMFADeviceName), in.Tags, "iam:TagMFADevice")
}

// maxSerial is how long a serial number can be in other calls.
const maxSerial = 256

// createMFADevice implements CreateVirtualMFADevice. Nothing shows the seed
// later.
func (s *Service) createMFADevice(ctx context.Context, c *api.Call, in *iamapi.CreateVirtualMFADeviceInput) (*iamapi.CreateVirtualMFADeviceOutput, error) {
	tags, err := newTags(mfaDevices, in.Tags)
	if err != nil {
		return nil, err
	}
	serial := arn.MFA(c.Account, pathOf(in.Path), in.VirtualMFADeviceName)
	if len(serial) > maxSerial {
		return nil, invalid(longSerial)
	}
	seed, err := mfa.NewSeed(s.rand)
	if err != nil {
		return nil, err
	}
	owner := rootName(c.Snapshot, c.Account)
	if owner == "" {
		owner = c.Account
	}
	picture, err := mfa.QRCode(in.VirtualMFADeviceName, owner, seed)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateVirtualMFADeviceOutput, error) {
		if _, ok := tx.MFADevice(c.Account, serial); ok {
			return nil, iamapi.EntityAlreadyExists(deviceExists)
		}
		if err := s.quotas.room(mfaDevicesPerAccount, tx.NumMFADevices(c.Account)); err != nil {
			return nil, err
		}
		tx.PutMFADevice(&state.MFADevice{
			Account: c.Account, Name: in.VirtualMFADeviceName, Path: pathOf(in.Path), Seed: state.Secret(seed),
			Created: tx.Now(), Tags: tags, Seq: tx.NextSeq(),
		})
		return &iamapi.CreateVirtualMFADeviceOutput{VirtualMFADevice: iamapi.VirtualMFADevice{
			SerialNumber: serial, Base32StringSeed: []byte(seed), QRCodePNG: picture, Tags: in.Tags,
		}}, nil
	})
}

func listsVirtualMFADevices(c *api.Call, _ *iamapi.ListVirtualMFADevicesInput) []api.Check {
	return listing(c, "mfa", nil)
}

func (s *Service) listVirtualMFADevices(_ context.Context, c *api.Call, in *iamapi.ListVirtualMFADevicesInput) (*iamapi.ListVirtualMFADevicesOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	after, err := behindOrder(p)
	if err != nil {
		return nil, err
	}
	all := assigned(c.Snapshot.MFADevices(c.Account, after), or(in.AssignmentStatus, iamapi.AssignmentStatusTypeAny))
	out := &iamapi.ListVirtualMFADevicesOutput{VirtualMFADevices: shapes(fill(p, all, deviceOrder), func(d *state.MFADevice) iamapi.VirtualMFADevice {
		return virtualDeviceShape(c.Snapshot, d)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// assigned passes the devices that have an owner, or those that have none.
func assigned(all iter.Seq[*state.MFADevice], status iamapi.AssignmentStatusType) iter.Seq[*state.MFADevice] {
	if status == iamapi.AssignmentStatusTypeAny {
		return all
	}
	owned := status == iamapi.AssignmentStatusTypeAssigned
	return func(yield func(*state.MFADevice) bool) {
		for d := range all {
			if (d.UserID != "") == owned && !yield(d) {
				return
			}
		}
	}
}

func deletesMFADevice(c *api.Call, in *iamapi.DeleteVirtualMFADeviceInput) []api.Check {
	return only(mfaDevices.on(c, in.SerialNumber))
}

func (s *Service) deleteMFADevice(ctx context.Context, c *api.Call, in *iamapi.DeleteVirtualMFADeviceInput) (*iamapi.DeleteVirtualMFADeviceOutput, error) {
	return write[iamapi.DeleteVirtualMFADeviceOutput](ctx, c, func(tx *state.Tx) error {
		d, ok := tx.MFADevice(c.Account, in.SerialNumber)
		if !ok {
			return notFound(deviceMissing, in.SerialNumber)
		}
		if d.UserID != "" {
			return conflict(mustBeUnused)
		}
		tx.DeleteMFADevice(d)
		return nil
	})
}

func enablesMFADevice(c *api.Call, in *iamapi.EnableMFADeviceInput) []api.Check {
	return onSelf(c, ownName(c, c.Snapshot, &in.UserName))
}

func (s *Service) enableMFADevice(ctx context.Context, c *api.Call, in *iamapi.EnableMFADeviceInput) (*iamapi.EnableMFADeviceOutput, error) {
	proven, err := proves(ctx, c, func(snap *state.Snapshot) (*state.MFADevice, error) {
		_, d, err := s.unusedDevice(c, snap, in)
		return d, err
	}, func(d *state.MFADevice) mfa.Guess {
		return mfa.Enabling(d, in.AuthenticationCode1, in.AuthenticationCode2, c.Now)
	})
	if err != nil {
		return nil, err
	}
	return write[iamapi.EnableMFADeviceOutput](ctx, c, func(tx *state.Tx) error {
		who, d, err := s.unusedDevice(c, tx.Snapshot, in)
		if err != nil {
			return err
		}
		if d.Seed != proven.Seed {
			return iamapi.InvalidAuthenticationCode(wrongCode)
		}
		enabled := *d
		enabled.UserID, enabled.Enabled, enabled.Drift = who.id, tx.Now(), proven.Drift
		tx.PutMFADevice(&enabled)
		return nil
	})
}

// unusedDevice returns the device that a request wants to enable, and for whom.
func (s *Service) unusedDevice(c *api.Call, snap *state.Snapshot, in *iamapi.EnableMFADeviceInput) (subject, *state.MFADevice, error) {
	who, err := self(c, snap, ownName(c, snap, &in.UserName))
	if err != nil {
		return who, nil, err
	}
	d, ok := snap.MFADevice(c.Account, in.SerialNumber)
	if !ok {
		return who, nil, notFound(deviceMissing, in.SerialNumber)
	}
	if d.UserID != "" {
		return who, nil, iamapi.EntityAlreadyExists(deviceInUse)
	}
	return who, d, s.quotas.room(mfaDevicesPerUser, len(snap.MFADevicesOf(who.id)))
}

// proves has a device take a guess at two codes. What comes of it is kept
// before the answer to the guess can be told, so that many guesses at once get
// no further. The device returned is the one that took them, with its clock's
// drift.
func proves(ctx context.Context, c *api.Call, find func(*state.Snapshot) (*state.MFADevice, error), read func(*state.MFADevice) mfa.Guess) (*state.MFADevice, error) {
	d, err := find(c.Snapshot)
	if err != nil {
		return nil, err
	}
	guess := read(d)
	var after *state.MFADevice
	right := false
	err = api.Count(ctx, c, func(tx *state.Tx) error {
		d, err := find(tx.Snapshot)
		if err != nil {
			return err
		}
		after, right = guess.Spend(tx, d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, iamapi.InvalidAuthenticationCode(wrongCode)
	}
	proven := *after
	proven.Drift = guess.Drift(after)
	return &proven, nil
}

func resyncsMFADevice(c *api.Call, in *iamapi.ResyncMFADeviceInput) []api.Check {
	return onSelf(c, ownName(c, c.Snapshot, &in.UserName))
}

func (s *Service) resyncMFADevice(ctx context.Context, c *api.Call, in *iamapi.ResyncMFADeviceInput) (*iamapi.ResyncMFADeviceOutput, error) {
	proven, err := proves(ctx, c, func(snap *state.Snapshot) (*state.MFADevice, error) {
		_, d, err := ownDevice(c, snap, &in.UserName, in.SerialNumber)
		return d, err
	}, func(d *state.MFADevice) mfa.Guess {
		return mfa.Resync(d, in.AuthenticationCode1, in.AuthenticationCode2, c.Now)
	})
	if err != nil {
		return nil, err
	}
	return write[iamapi.ResyncMFADeviceOutput](ctx, c, func(tx *state.Tx) error {
		_, d, err := ownDevice(c, tx.Snapshot, &in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		if d.Seed != proven.Seed {
			return iamapi.InvalidAuthenticationCode(wrongCode)
		}
		synced := *d
		synced.Drift = proven.Drift
		tx.PutMFADevice(&synced)
		return nil
	})
}

func deactivatesMFADevice(c *api.Call, in *iamapi.DeactivateMFADeviceInput) []api.Check {
	return onSelf(c, ownName(c, c.Snapshot, in.UserName))
}

// deactivateMFADevice implements DeactivateMFADevice. The device remembers the
// codes that it took, whoever has it next.
func (s *Service) deactivateMFADevice(ctx context.Context, c *api.Call, in *iamapi.DeactivateMFADeviceInput) (*iamapi.DeactivateMFADeviceOutput, error) {
	return write[iamapi.DeactivateMFADeviceOutput](ctx, c, func(tx *state.Tx) error {
		_, d, err := ownDevice(c, tx.Snapshot, in.UserName, in.SerialNumber)
		if err != nil {
			return err
		}
		unused := *d
		unused.UserID, unused.Enabled = "", time.Time{}
		tx.PutMFADevice(&unused)
		return nil
	})
}

func getsMFADevice(c *api.Call, in *iamapi.GetMFADeviceInput) []api.Check {
	return onSelf(c, ownName(c, c.Snapshot, in.UserName))
}

// getMFADevice implements GetMFADevice. Only security keys have certifications.
func (s *Service) getMFADevice(_ context.Context, c *api.Call, in *iamapi.GetMFADeviceInput) (*iamapi.GetMFADeviceOutput, error) {
	who, d, err := ownDevice(c, c.Snapshot, in.UserName, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	return &iamapi.GetMFADeviceOutput{UserName: optional(who.name), SerialNumber: d.ARN(), EnableDate: &d.Enabled}, nil
}

func listsMFADevices(c *api.Call, in *iamapi.ListMFADevicesInput) []api.Check {
	return onSelf(c, ownName(c, c.Snapshot, in.UserName))
}

func (s *Service) listMFADevices(_ context.Context, c *api.Call, in *iamapi.ListMFADevicesInput) (*iamapi.ListMFADevicesOutput, error) {
	who, err := self(c, c.Snapshot, ownName(c, c.Snapshot, in.UserName))
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, who.id, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	devices := fillFrom(p, c.Snapshot.MFADevicesOf(who.id), deviceOrder)
	out := &iamapi.ListMFADevicesOutput{MFADevices: shapes(devices, func(d *state.MFADevice) iamapi.MFADevice {
		return iamapi.MFADevice{UserName: who.name, SerialNumber: d.ARN(), EnableDate: d.Enabled}
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// ownName is the user name of a request about devices, nil when it names the
// caller itself: a root user has no name, where one is required it is the
// account's id or alias. A user of that name goes first.
func ownName(c *api.Call, snap *state.Snapshot, name *string) *string {
	if name == nil || c.Caller.Kind != engine.Root || !slices.Contains([]string{c.Account, rootName(snap, c.Account)}, *name) {
		return name
	}
	if _, ok := snap.User(c.Account, *name); ok {
		return name
	}
	return nil
}

// ownDevice returns a device that the user of that name has enabled, or the
// caller.
func ownDevice(c *api.Call, snap *state.Snapshot, name *string, serial string) (subject, *state.MFADevice, error) {
	who, err := self(c, snap, ownName(c, snap, name))
	if err != nil {
		return who, nil, err
	}
	d, ok := snap.MFADevice(c.Account, serial)
	if !ok || d.UserID != who.id {
		return who, nil, notFound(deviceMissing, serial)
	}
	return who, d, nil
}

func deviceOrder(d *state.MFADevice) string { return order(d.Seq) }

// virtualDeviceShape is a device as lists have it: without seed and tags.
func virtualDeviceShape(snap *state.Snapshot, d *state.MFADevice) iamapi.VirtualMFADevice {
	out := iamapi.VirtualMFADevice{SerialNumber: d.ARN(), EnableDate: optional(d.Enabled)}
	if d.UserID == d.Account {
		root := rootShape(snap, d.Account)
		out.User = &root
	} else if u, ok := snap.UserByID(d.UserID); ok {
		user := userShape(u)
		out.User = &user
	}
	return out
}

func tagMFADevice(in *iamapi.TagMFADeviceInput) tagging {
	return tagging{mfaDevices, in.SerialNumber, in.Tags}
}

func untagMFADevice(in *iamapi.UntagMFADeviceInput) untagging {
	return untagging{mfaDevices, in.SerialNumber, in.TagKeys}
}

func listMFADeviceTags(in *iamapi.ListMFADeviceTagsInput) list {
	return list{mfaDevices, in.SerialNumber, nil, in.Marker, in.MaxItems}
}
