package state

import (
	"fmt"
	"slices"

	"github.com/writ-iam/writ/policy"
)

// The policies that AWS attaches to everything from the start.
const (
	fullAccessText    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	fullAccessRCPText = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

	// FullAWSAccess and RCPFullAWSAccess are their ids.
	FullAWSAccess    = "p-FullAWSAccess"
	RCPFullAWSAccess = "p-RCPFullAWSAccess"
)

// CreateOrganization makes the organization of a new installation, with
// account as its management account: ID, Name and Email are the caller's, the
// rest is set here.
func (tx *Tx) CreateOrganization(account Account) (*Organization, *Account) {
	if tx.Organization() != nil {
		tx.fail(fmt.Errorf("state: the installation has an organization"))
		return nil, nil
	}
	org := &Organization{
		ID:                "o-" + tx.randomText(10),
		RootID:            "r-" + tx.randomText(4),
		ManagementAccount: account.ID,
		Created:           tx.Now(),
	}
	tx.PutOrganization(org)
	for _, p := range []OrgPolicy{
		{ID: FullAWSAccess, Type: SCP, Name: "FullAWSAccess", Description: "Allows access to every operation",
			Document: tx.env.load(&Document{Kind: policy.ServiceControl, Text: fullAccessText})},
		{ID: RCPFullAWSAccess, Type: RCP, Name: "RCPFullAWSAccess", Description: "Allows access to every resource",
			Document: tx.env.load(&Document{Kind: policy.ResourceControl, Text: fullAccessRCPText})},
	} {
		p.AWSManaged = true
		p.Targets = []string{org.RootID}
		tx.PutOrgPolicy(&p)
	}
	account.Management = true
	return org, tx.addAccount(org, account)
}

// CreateAccount adds a member account under the root of the organization: ID,
// Name and Email are the caller's, the rest is set here.
func (tx *Tx) CreateAccount(account Account) *Account {
	org := tx.Organization()
	if org == nil {
		tx.fail(fmt.Errorf("state: no organization yet"))
		return nil
	}
	account.Management = false
	return tx.addAccount(org, account)
}

func (tx *Tx) addAccount(org *Organization, a Account) *Account {
	if _, taken := tx.Account(a.ID); taken {
		tx.fail(fmt.Errorf("state: account %s exists", a.ID))
		return nil
	}
	a.Created, a.Parent, a.Status = tx.Now(), org.RootID, AccountActive
	tx.PutAccount(&a)
	for _, id := range []string{FullAWSAccess, RCPFullAWSAccess} {
		if p, ok := tx.OrgPolicy(id); ok {
			attached := *p
			attached.Targets = append(slices.Clip(p.Targets), a.ID)
			tx.PutOrgPolicy(&attached)
		}
	}
	return &a
}

// randomText returns n random characters of the ids of Organizations.
func (tx *Tx) randomText(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz012345"
	b := make([]byte, n)
	if _, err := tx.rand.Read(b); err != nil {
		tx.fail(err)
	}
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return string(b)
}
