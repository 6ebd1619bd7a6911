package iam_test

import (
	"slices"
)

func createKeyModel(m *model, c *call) (any, string) {
	var made modelKey
	_, code := change("User", func(m *model, c *call, u *entity) string {
		if len(u.keys) >= 2 {
			return full
		}
		made = modelKey{c.answered("AccessKey", "AccessKeyId"), "Active", c.now}
		u.keys = plus(u.keys, made)
		return ""
	})(m, c)
	if code != "" {
		return nil, code
	}
	u, _ := m.get("User", c)
	return structure("AccessKey", structure("UserName", u.name, "AccessKeyId", made.id, "Status", made.status, "CreateDate", made.created,
		"SecretAccessKey", c.answered("AccessKey", "SecretAccessKey"))), ""
}

// changeKey alters or, for status "", deletes an access key.
func changeKeyModel(_ *model, c *call, u *entity) string {
	i := slices.IndexFunc(u.keys, func(k modelKey) bool { return k.id == c.in["AccessKeyId"] })
	if i < 0 {
		return noSuch
	}
	u.keys = slices.Clone(u.keys)
	if status := c.in["Status"]; status != "" {
		u.keys[i].status = status
	} else {
		u.keys = slices.Delete(u.keys, i, i+1)
	}
	return ""
}

func createLoginModel(m *model, c *call) (any, string) {
	_, code := change("User", func(_ *model, c *call, u *entity) string {
		if u.login != "" {
			return taken
		}
		u.login, u.loginDate = c.or("PasswordResetRequired", "false"), c.now
		return ""
	})(m, c)
	if code != "" {
		return nil, code
	}
	u, _ := m.get("User", c)
	return structure("LoginProfile", loginForm(u)), ""
}

func updateLoginModel(_ *model, c *call, u *entity) string {
	if u.login == "" {
		return noSuch
	}
	u.login = c.or("PasswordResetRequired", u.login)
	return ""
}

func deleteLoginModel(_ *model, _ *call, u *entity) string {
	if u.login == "" {
		return noSuch
	}
	u.login, u.loginDate = "", ""
	return ""
}

// enableModel: the codes are right whenever there is such a device.
func enableModel(m *model, c *call) (any, string) {
	u, ok := m.get("User", c)
	if !ok {
		return nil, noSuch
	}
	return change("MFADevice", func(_ *model, c *call, d *entity) string {
		if d.owner != "" {
			return taken
		}
		d.owner, d.enabled = u.id, c.now
		return ""
	})(m, c)
}

func deactivateModel(m *model, c *call) (any, string) {
	u, ok := m.get("User", c)
	if !ok {
		return nil, noSuch
	}
	return change("MFADevice", func(_ *model, _ *call, d *entity) string {
		if d.owner != u.id {
			return noSuch
		}
		d.owner, d.enabled = "", ""
		return ""
	})(m, c)
}

func addClientModel(_ *model, c *call, p *entity) string {
	if !slices.Contains(p.clients, c.in["ClientID"]) {
		p.clients = plus(p.clients, c.in["ClientID"])
	}
	return ""
}

func removeClientModel(_ *model, c *call, p *entity) string {
	p.clients = minus(p.clients, c.in["ClientID"])
	return ""
}
