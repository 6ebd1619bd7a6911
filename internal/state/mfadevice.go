package state

import (
	"errors"
	"fmt"
	"iter"
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
}

// UniqueID implements Entity: a device is known by its serial number.
func (d *MFADevice) UniqueID() string { return d.ARN() }

// AccountID implements Entity.
func (d *MFADevice) AccountID() string { return d.Account }

// ARN implements Entity. It is the serial number too.
func (d *MFADevice) ARN() string { return arn.MFA(d.Account, d.Path, d.Name) }

type mfaTables struct {
	rows      index[*MFADevice]
	byAccount index[*MFADevice] // account, serial number
	byUser    index[*MFADevice] // user id, serial number
}

var mfaDevices = table[MFADevice]{
	prefix:  "mfa",
	key:     (*MFADevice).ARN,
	account: func(d *MFADevice) string { return d.Account },
	rows:    func(s *Snapshot) *index[*MFADevice] { return &s.mfaDevices.rows },
	index: func(s *Snapshot, d *MFADevice, on bool) {
		serial := fold(d.ARN())
		s.mfaDevices.byAccount.put(s, on, d.Account, serial, "", d)
		if d.UserID != "" {
			s.mfaDevices.byUser.put(s, on, d.UserID, serial, "", d)
		}
	},
	check: func(s *Snapshot, d *MFADevice) error {
		if _, ok := s.Account(d.Account); !ok {
			return fmt.Errorf("no account %s", d.Account)
		}
		if d.UserID != "" && d.UserID != d.Account {
			if u, ok := s.UserByID(d.UserID); !ok || u.Account != d.Account {
				return fmt.Errorf("no user %s in its account", d.UserID)
			}
		}
		if d.Seed == "" || (d.UserID == "") != d.Enabled.IsZero() {
			return errors.New("no seed, or enabled for nobody")
		}
		return nil
	},
}

// MFADevice returns a device of an account by its serial number.
func (s *Snapshot) MFADevice(account, serial string) (*MFADevice, bool) {
	return s.mfaDevices.byAccount.get(account, fold(serial), "")
}

// MFADevices yields the devices of an account whose serial numbers follow
// afterSerial, by serial number.
func (s *Snapshot) MFADevices(account, afterSerial string) iter.Seq[*MFADevice] {
	return s.mfaDevices.byAccount.after(account, fold(afterSerial), "")
}

// NumMFADevices counts the devices of an account.
func (s *Snapshot) NumMFADevices(account string) int { return s.mfaDevices.byAccount.count(account) }

// MFADevicesOf returns the devices of a user by serial number; those of a root
// user stand under its account id. The slice is the caller's.
func (s *Snapshot) MFADevicesOf(userID string) []*MFADevice {
	var devices []*MFADevice
	for d := range s.mfaDevices.byUser.under(userID) {
		devices = append(devices, d)
	}
	return devices
}

// PutMFADevice adds or replaces a device.
func (tx *Tx) PutMFADevice(d *MFADevice) { put(tx, &mfaDevices, d) }

// DeleteMFADevice removes a device.
func (tx *Tx) DeleteMFADevice(d *MFADevice) { remove(tx, &mfaDevices, d) }
