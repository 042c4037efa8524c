package number

import "strings"

// countries is ISO 3166-1: alpha-2 and alpha-3 code of each country together.
const countries = `
ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE
BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS
BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN
COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST
EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF
GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD
HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM
JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA
LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD
MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM
NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG
PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA
SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD
STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON
TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR
VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE
`

// issuers are the codes of ICAO Doc 9303 part 3, section 5, that are not
// ISO 3166-1 alpha-3 codes but belong to a country.
const issuers = "DED GBGBD GBGBN GBGBO GBGBP GBGBS XKRKS XKXKX XKXKK XKUNK ROROM"

// CountryOf tells the ISO 3166-1 alpha-2 code of a three-letter code as
// machine-readable zones write it ("D", "GBO" and "RKS" included). It is ""
// for organisations, stateless persons, refugees and unknown codes.
func CountryOf(icao string) string {
	for _, c := range strings.Fields(countries + issuers) {
		if c[2:] == icao {
			return c[:2]
		}
	}
	return ""
}

// SameCountry tells whether a typed alpha-2 code can be what a machine-readable
// zone writes. Passports of Hong Kong and Macao are issued by CHN.
func SameCountry(alpha2, icao string) bool {
	if icao == "CHN" && (alpha2 == "HK" || alpha2 == "MO") {
		return true
	}
	return alpha2 != "" && CountryOf(icao) == alpha2
}

// Country tells whether s is an ISO 3166-1 alpha-2 code (or XK, Kosovo).
func Country(s string) bool {
	for _, c := range strings.Fields(countries) {
		if c[:2] == s {
			return true
		}
	}
	return s == "XK"
}

// Countries lists the codes for which Country holds.
func Countries() []string {
	var list []string
	for _, c := range strings.Fields(countries) {
		list = append(list, c[:2])
	}
	return append(list, "XK")
}
