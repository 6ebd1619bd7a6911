package state

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/writ-iam/writ/arn"
)

// MFADevice is a virtual MFA device: a seed, and whose it is.
type MFADevice struct {
	Account  string    `cbor:"1,keyasint"`
	Name     string    `cbor:"2,keyasint"`
	Path     string    `cbor:"3,keyasint"` // begins and ends with "/"
	Seed     Secret    `cbor:"4,keyasint"`
	Created  time.Time `cbor:"5,keyasint"`
	UserID   string    `cbor:"6,keyasint,omitempty"` // "" while nobody's; the account id for the root user
	Enabled  time.Time `cbor:"7,keyasint,omitzero"`
	Step     int64     `cbor:"8,keyasint,omitempty"` // of the last code that was taken; older ones are not
	Drift    int64     `cbor:"9,keyasint,omitempty"` // steps that its clock is ahead
	Attempts Attempts  `cbor:"10,keyasint,omitzero"`
	Tags     []Tag     `cbor:"11,keyasint,omitempty"`
	Seq      uint64    `cbor:"12,keyasint"` // order of creation; from Tx.NextSeq
}

// UniqueID implements Entity: a device is known by its serial number.
func (d *MFADevice) UniqueID() string { return d.ARN() }

// AccountID implements Entity.
func (d *MFADevice) AccountID() string { return d.Account }

// ARN implements Entity. It is the serial number too.
func (d *MFADevice) ARN() string { return arn.MFA(d.Account, d.Path, d.Name) }

type mfaTables struct {
	rows     index[*MFADevice]
	bySerial index[*MFADevice] // account, serial number
	byOrder  index[*MFADevice] // account, order
	byUser   index[*MFADevice] // user id, order
}

var mfaDevices = table[MFADevice]{
	prefix:  "mfa",
	key:     (*MFADevice).ARN,
	account: func(d *MFADevice) string { return d.Account },
	rows:    func(s *Snapshot) *index[*MFADevice] { return &s.mfaDevices.rows },
	index: func(s *Snapshot, d *MFADevice, on bool) {
		t, order := &s.mfaDevices, sequence(d.Seq)
		t.bySerial.put(s, on, d.Account, fold(d.ARN()), "", d)
		t.byOrder.put(s, on, d.Account, order, "", d)
		if d.UserID != "" {
			t.byUser.put(s, on, d.UserID, order, "", d)
		}
	},
	check: func(s *Snapshot, d *MFADevice) error {
		if d.Seed == "" || (d.UserID == "") != d.Enabled.IsZero() {
			return errors.New("no seed, or enabled for nobody")
		}
		return s.checkOwner(d.Account, cmp.Or(d.UserID, d.Account))
	},
}

// MFADevice returns a device of an account by its serial number.
func (s *Snapshot) MFADevice(account, serial string) (*MFADevice, bool) {
	return s.mfaDevices.bySerial.get(account, fold(serial), "")
}

// MFADevices yields the devices of an account behind that sequence number, in
// order of creation.
func (s *Snapshot) MFADevices(account string, afterSeq uint64) iter.Seq[*MFADevice] {
	return s.mfaDevices.byOrder.after(account, sequence(afterSeq), "")
}

// NumMFADevices counts the devices of an account.
func (s *Snapshot) NumMFADevices(account string) int { return s.mfaDevices.byOrder.count(account) }

// MFADevicesOf returns the devices of a user in order of creation; those of a
// root user stand under its account id. The slice is the caller's.
func (s *Snapshot) MFADevicesOf(userID string) []*MFADevice {
	return slices.Collect(s.mfaDevices.byUser.under(userID))
}

// PutMFADevice adds or replaces a device.
func (tx *Tx) PutMFADevice(d *MFADevice) { put(tx, &mfaDevices, d) }

// DeleteMFADevice removes a device.
func (tx *Tx) DeleteMFADevice(d *MFADevice) { remove(tx, &mfaDevices, d) }
