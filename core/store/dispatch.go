package store

import "github.com/paifang/paifang/core/kyc"

// write hands a write to the function of its noun.
func (t *tx) write(w kyc.Write) error {
	switch w := w.(type) {
	case kyc.CreateApplicant:
		return t.createApplicant(w)
	case kyc.CreateApplication:
		return t.createApplication(w)
	case kyc.UpdateApplication:
		return t.updateApplication(w)
	case kyc.SaveStep:
		return t.saveStep(w)
	case kyc.SaveHolder:
		return t.saveHolder(w)
	case kyc.SaveConsent:
		return t.saveConsent(w)
	case kyc.SaveIdentifier:
		return t.saveIdentifier(w)
	case kyc.SetIdentifiers:
		return t.setIdentifiers(w)
	case kyc.SaveChallenge:
		return t.saveChallenge(w)
	case kyc.KillChallenges:
		return t.killChallenges(w)
	case kyc.SaveMessage:
		return t.saveMessage(w)
	case kyc.SaveFile:
		return t.saveFile(w)
	case kyc.RefuseFiles:
		return t.refuseFiles(w)
	case kyc.SaveCheck:
		return t.saveCheck(w)
	case kyc.SaveCase:
		return t.saveCase(w)
	case kyc.UpdateCase:
		return t.updateCase(w)
	case kyc.SaveDecision:
		return t.saveDecision(w)
	default:
		return t.writeMore(w)
	}
}

// writeMore goes on with accounts, guards and the record.
func (t *tx) writeMore(w kyc.Write) error {
	switch w := w.(type) {
	case kyc.CheckApplication:
		return t.checkApplication(w)
	case kyc.MoveHolder:
		return t.moveHolder(w)
	case kyc.CreateAccount:
		return t.createAccount(w)
	case kyc.SetAccountState:
		return t.setAccountState(w)
	case kyc.SaveBalance:
		return t.saveBalance(w)
	case kyc.SaveCredential:
		return t.saveCredential(w)
	case kyc.SaveSession:
		return t.saveSession(w)
	case kyc.TouchSession:
		return t.touchSession(w)
	case kyc.DropSession:
		return t.dropSession(w)
	case kyc.EndHolders:
		return t.endHolders(w)
	case kyc.SaveProposal:
		return t.saveProposal(w)
	case kyc.EndProposal:
		return t.endProposal(w)
	case kyc.SaveRecovery:
		return t.saveRecovery(w)
	case kyc.FreshenSession:
		return t.freshenSession(w)
	case kyc.DropSessions:
		return t.dropSessions(w)
	case kyc.UseOnce:
		return t.useOnce(w)
	case kyc.TakeBudget:
		return t.takeBudget(w)
	case kyc.AdjustBudget:
		return t.adjustBudget(w)
	case kyc.SaveReplay:
		return t.saveReplay(w)
	case kyc.AppendAudit:
		return t.appendAudit(w)
	case kyc.BeginLog:
		return t.beginLog(w)
	case kyc.SealLines:
		t.seals = append(t.seals, w)
		return nil
	case kyc.Enqueue:
		t.jobs = append(t.jobs, w.Job)
		return nil
	default:
		return t.writeOffice(w)
	}
}

// writeOffice goes on with tenants, their staff and roles.
func (t *tx) writeOffice(w kyc.Write) error {
	switch w := w.(type) {
	case kyc.SaveTenant:
		return t.saveTenant(w)
	case kyc.SaveTenantKeys:
		return t.saveTenantKeys(w)
	case kyc.SaveTenantMarket:
		return t.saveTenantMarket(w)
	case kyc.SaveLegal:
		return t.saveLegal(w)
	case kyc.SaveSendingRules:
		return t.saveSendingRules(w)
	case kyc.SaveAPIKey:
		return t.saveAPIKey(w)
	case kyc.SaveAssertionKey:
		return t.saveAssertionKey(w)
	case kyc.SaveStaff:
		return t.saveStaff(w)
	case kyc.SealStaff:
		return t.sealStaff(w)
	case kyc.SetStaff:
		return t.setStaff(w)
	case kyc.Appoint:
		return t.appoint(w)
	case kyc.SaveRole:
		return t.saveRole(w)
	case kyc.SaveRollout:
		return t.saveRollout(w)
	case kyc.SaveMarketVersion:
		return t.saveMarketVersion(w)
	default:
		return t.writeFactors(w)
	}
}

// writeFactors goes on with what people sign in with.
func (t *tx) writeFactors(w kyc.Write) error {
	switch w := w.(type) {
	case kyc.SaveFactor:
		return t.saveFactor(w)
	case kyc.UseFactor:
		return t.useFactor(w)
	case kyc.DropFactor:
		return t.dropFactor(w)
	case kyc.DropFactors:
		return t.dropFactors(w)
	case kyc.SaveCeremony:
		return t.saveCeremony(w)
	case kyc.UseCeremony:
		return t.useCeremony(w)
	case kyc.SaveStaffLink:
		return t.saveStaffLink(w)
	case kyc.DropStaffLinks:
		return t.dropStaffLinks(w)
	case kyc.UseStaffLink:
		return t.useStaffLink(w)
	case kyc.SaveSignInCode:
		return t.saveSignInCode(w)
	case kyc.FillSignInCode:
		return t.fillSignInCode(w)
	case kyc.TrySignInCode:
		return t.trySignInCode(w)
	case kyc.UseSignInCode:
		return t.useSignInCode(w)
	}
	return t.writeKeys(w)
}

// writeKeys goes on with erasure and keys.
func (t *tx) writeKeys(w kyc.Write) error {
	switch w := w.(type) {
	case kyc.ErasePerson:
		return t.erasePerson(w)
	case kyc.AskErasure:
		return t.exec(plainly, erasures.upsert+" WHERE erasures.state IN ('refused', 'undone', 'proposed')", erasures.values(w.Erasure)...)
	case kyc.MoveErasure:
		return t.moveErasure(w)
	case kyc.SaveExport:
		return t.put(exports, w.Export, plainly)
	case kyc.UpdateExport:
		return t.exec(conflicting, exports.update(exports.changes, "state = ?"), append(exports.updateValues(exports.changes, w.Export), w.Expect)...)
	case kyc.RefuseErasure:
		return t.refuseErasure(w)
	case kyc.SaveErasure:
		return t.put(erasures, w.Erasure, plainly)
	case kyc.DropFiles:
		return t.dropFiles(w)
	case kyc.SaveRetention:
		return t.put(retentions, w.Retention, plainly)
	case kyc.ReplaceTenantKeys:
		return t.replaceTenantKeys(w)
	case kyc.ReplaceApplicantKey:
		return t.replaceApplicantKey(w)
	case kyc.ReplaceSealed:
		return t.replaceSealed(w)
	case kyc.Reindex:
		return t.reindex(w)
	case kyc.SaveRotation:
		return t.put(rotations, w.Rotation, plainly)
	}
	return kyc.E(kyc.Internal, "the store does not know how to write %T", w)
}
