package sts

import (
	"context"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// usesDevice leaves a call alone whose RoleArn is no ARN: it has its answer
// already, and uses up no code.
func usesDevice(ctx context.Context, c *api.Call, in *stsapi.AssumeRoleInput) (time.Time, error) {
	if err := wellFormed(in.RoleArn); err != nil {
		return time.Time{}, err
	}
	return verifyCode(ctx, c, in.SerialNumber, in.TokenCode)
}

// usesDeviceForToken leaves a call that cannot succeed alone, so that it uses
// up no code.
func usesDeviceForToken(ctx context.Context, c *api.Call, in *stsapi.GetSessionTokenInput) (time.Time, error) {
	if c.Caller.Session != nil {
		return time.Time{}, accessDenied(tokenFromSession)
	}
	return verifyCode(ctx, c, in.SerialNumber, in.TokenCode)
}

// verifyCode checks the code of an MFA device in a request, if there is one, and
// returns when it was taken. Of two requests with one code only one gets it,
// and of many guesses at once no more are looked at than one after another.
func verifyCode(ctx context.Context, c *api.Call, serial, code *string) (time.Time, error) {
	if serial == nil && code == nil {
		return time.Time{}, nil
	}
	if serial == nil || code == nil {
		return time.Time{}, accessDenied(deviceAndCode)
	}
	d, ok := ownDevice(c, c.Snapshot, *serial)
	if !ok {
		return time.Time{}, accessDenied(notOwnDevice)
	}
	guess := mfa.One(d, *code, c.Now)
	right := false
	err := api.Count(ctx, c, func(tx *state.Tx) error {
		d, ok := ownDevice(c, tx.Snapshot, *serial)
		if !ok {
			return accessDenied(notOwnDevice)
		}
		_, right = guess.Spend(tx, d)
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	if !right {
		return time.Time{}, accessDenied(wrongCode)
	}
	return c.Now, nil
}

// ownDevice returns a device of the caller itself: an IAM user or a root user,
// by its own key or by a session of GetSessionToken. Others have none.
func ownDevice(c *api.Call, snap *state.Snapshot, serial string) (*state.MFADevice, bool) {
	if c.Caller.Kind != engine.User && c.Caller.Kind != engine.Root {
		return nil, false
	}
	d, ok := snap.MFADevice(c.Account, serial)
	return d, ok && d.UserID == c.Caller.ID
}
