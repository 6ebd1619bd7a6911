package state

import (
	"errors"
	"fmt"
)

// AccountSettings are what an account has set of IAM and STS. Their zero values
// are those of an account that has set nothing.
type AccountSettings struct {
	Account            string `cbor:"1,keyasint"`
	GlobalTokenVersion int    `cbor:"2,keyasint,omitempty"` // of tokens from the global endpoint; 0 is 1

	// Outbound says that the account's principals may get web identity tokens
	// for others. IssuerID stays when that ends; Issuer is the URL it made,
	// under the endpoint at which it was last begun.
	Outbound bool   `cbor:"3,keyasint,omitempty"`
	IssuerID string `cbor:"4,keyasint,omitempty"`
	Issuer   string `cbor:"5,keyasint,omitempty"`
}

var accountSettings = table[AccountSettings]{
	prefix: "settings",
	key:    func(a *AccountSettings) string { return a.Account },
	rows:   func(s *Snapshot) *index[*AccountSettings] { return &s.accountSettings },
	index: func(s *Snapshot, a *AccountSettings, on bool) {
		if a.IssuerID != "" {
			s.issuers.put(s, on, a.IssuerID, "", "", a)
		}
	},
	check: func(s *Snapshot, a *AccountSettings) error {
		if _, ok := s.Account(a.Account); !ok {
			return fmt.Errorf("no account %s", a.Account)
		}
		if a.Outbound && (a.Issuer == "" || a.IssuerID == "") {
			return errors.New("it issues tokens and has no issuer")
		}
		return nil
	},
}

// AccountSettings returns a copy of the settings of an account.
func (s *Snapshot) AccountSettings(account string) AccountSettings {
	if a, ok := s.accountSettings.get(account, "", ""); ok {
		return *a
	}
	return AccountSettings{Account: account}
}

// PutAccountSettings replaces the settings of an account.
func (tx *Tx) PutAccountSettings(a *AccountSettings) { put(tx, &accountSettings, a) }
