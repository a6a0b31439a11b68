/* The casemix tables. Weights of conditions and clinics are made up. */
#include "deploy/sample/casemix.h"

const char *const casemix_pod_names[CASEMIX_POD_COUNT] = {
    [CASEMIX_DC] = "DC",
    [CASEMIX_EL] = "EL",
    [CASEMIX_NEL] = "NEL",
    [CASEMIX_NELNE] = "NELNE",
    [CASEMIX_OPFA] = "OPFA",
    [CASEMIX_OPFUP] = "OPFUP",
    [CASEMIX_OPPROC] = "OPPROC",
    [CASEMIX_AE] = "AE",
};

/* clang-format off */
const struct casemix_spell casemix_spells[] = {
	/* Day cases */
	{CASEMIX_DC, "BZ34C", "130", "H259", "C712", "", '0', 55, 120, 0, 95},
	{CASEMIX_DC, "FZ60Z", "301", "K297", "G451", "", '0', 19, 120, 0, 80},
	{CASEMIX_DC, "FZ51Z", "301", "K635", "H221", "", '0', 30, 120, 0, 60},
	{CASEMIX_DC, "FZ54Z", "301", "K573", "H251", "", '0', 30, 120, 0, 40},
	{CASEMIX_DC, "LB72A", "101", "R31X", "M459", "", '0', 19, 120, 0, 45},
	{CASEMIX_DC, "FZ18K", "100", "K409", "T202", "", '0', 19, 120, 0, 30},
	{CASEMIX_DC, "GA10K", "100", "K802", "J183", "", '0', 25, 90, 0, 15},
	{CASEMIX_DC, "JC43A", "330", "L989", "S065", "", '0', 13, 120, 0, 40},
	{CASEMIX_DC, "JC42A", "330", "C449", "S065", "", '0', 40, 120, 0, 25},
	{CASEMIX_DC, "EY43F", "320", "I251", "K636", "", '0', 40, 90, 0, 20},
	{CASEMIX_DC, "HN24C", "110", "M232", "W822", "", '0', 19, 80, 0, 18},
	{CASEMIX_DC, "HN34C", "110", "M201", "W151", "", '0', 19, 80, 0, 14},
	{CASEMIX_DC, "AB16Z", "110", "M545", "V544", "", '0', 19, 90, 0, 20},
	{CASEMIX_DC, "MA31Z", "502", "N939", "Q188", "", '2', 25, 75, 0, 18},
	{CASEMIX_DC, "MA32Z", "502", "N939", "Q181", "", '2', 25, 75, 0, 15},
	{CASEMIX_DC, "CA60B", "120", "J350", "F341", "", '0', 3, 18, 0, 12},
	/* Elective inpatients */
	{CASEMIX_EL, "HN12F", "110", "M169", "W371", "", '0', 50, 95, 3, 25},
	{CASEMIX_EL, "HN22E", "110", "M179", "W401", "", '0', 50, 95, 3, 28},
	{CASEMIX_EL, "HN23C", "110", "M238", "W742", "", '0', 19, 50, 1, 8},
	{CASEMIX_EL, "LB25F", "101", "N40X", "M653", "", '1', 55, 95, 2, 15},
	{CASEMIX_EL, "MA07G", "502", "D259", "Q074", "", '2', 35, 70, 2, 15},
	{CASEMIX_EL, "CA60B", "120", "J350", "F341", "", '0', 3, 18, 1, 10},
	{CASEMIX_EL, "CA10A", "120", "J342", "E026", "", '0', 19, 60, 1, 6},
	{CASEMIX_EL, "GA10K", "100", "K802", "J183", "", '0', 25, 90, 1, 12},
	{CASEMIX_EL, "FZ18K", "100", "K409", "T202", "", '0', 19, 95, 1, 10},
	{CASEMIX_EL, "EY41C", "320", "I251", "K751", "", '0', 40, 90, 1, 10},
	{CASEMIX_EL, "JA20F", "100", "C509", "B283", "", '2', 35, 90, 1, 9},
	/* Emergencies */
	{CASEMIX_NEL, "DZ11V", "340", "J189", "", "", '0', 19, 120, 4, 55},
	{CASEMIX_NEL, "DZ11U", "430", "J189", "", "", '0', 65, 120, 8, 45},
	{CASEMIX_NEL, "DZ11T", "430", "J181", "", "", '0', 70, 120, 11, 25},
	{CASEMIX_NEL, "DZ65J", "340", "J441", "", "", '0', 45, 120, 4, 50},
	{CASEMIX_NEL, "DZ65H", "340", "J440", "", "", '0', 60, 120, 7, 30},
	{CASEMIX_NEL, "DZ65K", "340", "J441", "", "", '0', 45, 120, 0, 20},
	{CASEMIX_NEL, "DZ15R", "340", "J459", "", "", '0', 19, 110, 1, 30},
	{CASEMIX_NEL, "EB03D", "320", "I500", "", "", '0', 60, 120, 9, 45},
	{CASEMIX_NEL, "EB03C", "430", "I500", "", "", '0', 75, 120, 11, 20},
	{CASEMIX_NEL, "EB07E", "320", "I489", "", "", '0', 40, 120, 2, 40},
	{CASEMIX_NEL, "EB10E", "320", "I214", "", "", '0', 40, 120, 3, 30},
	{CASEMIX_NEL, "EB12C", "300", "R074", "", "", '0', 19, 120, 0, 95},
	{CASEMIX_NEL, "EB13D", "320", "I209", "", "", '0', 40, 120, 1, 25},
	{CASEMIX_NEL, "EB08E", "300", "R55X", "", "", '0', 16, 120, 1, 35},
	{CASEMIX_NEL, "AA35F", "300", "I639", "", "", '0', 50, 120, 7, 12},
	{CASEMIX_NEL, "AA35D", "430", "I639", "", "", '0', 65, 120, 18, 12},
	{CASEMIX_NEL, "AA29F", "300", "G459", "", "", '0', 50, 120, 1, 20},
	{CASEMIX_NEL, "AA26H", "300", "S099", "", "", '0', 0, 120, 1, 40},
	{CASEMIX_NEL, "AA31E", "300", "R51X", "", "", '0', 16, 120, 1, 25},
	{CASEMIX_NEL, "FZ90B", "100", "R104", "", "", '0', 5, 120, 1, 85},
	{CASEMIX_NEL, "FZ91M", "300", "K529", "", "", '0', 19, 120, 2, 60},
	{CASEMIX_NEL, "FZ38N", "301", "K922", "", "", '0', 40, 120, 4, 18},
	{CASEMIX_NEL, "FZ37S", "301", "K509", "", "", '0', 18, 90, 4, 10},
	{CASEMIX_NEL, "KB02K", "300", "E109", "", "", '0', 10, 90, 2, 15},
	{CASEMIX_NEL, "KB02J", "300", "E119", "", "", '0', 40, 120, 4, 10},
	{CASEMIX_NEL, "LA04S", "300", "N390", "", "", '0', 16, 120, 1, 45},
	{CASEMIX_NEL, "LA04R", "430", "N390", "", "", '0', 60, 120, 5, 45},
	{CASEMIX_NEL, "LA04Q", "430", "N390", "", "", '0', 70, 120, 10, 40},
	{CASEMIX_NEL, "HE11G", "110", "S720", "", "", '0', 70, 120, 16, 12},
	{CASEMIX_NEL, "HT12E", "110", "S720", "W191", "", '0', 65, 120, 13, 25},
	{CASEMIX_NEL, "HE41D", "110", "S626", "", "", '0', 8, 120, 0, 15},
	{CASEMIX_NEL, "WJ06J", "300", "A419", "", "", '0', 50, 120, 6, 30},
	{CASEMIX_NEL, "WJ03F", "300", "B349", "", "", '0', 16, 120, 3, 20},
	{CASEMIX_NEL, "JD07J", "300", "L031", "", "", '0', 18, 120, 4, 45},
	{CASEMIX_NEL, "WH04E", "300", "T391", "", "", '0', 14, 90, 1, 40},
	{CASEMIX_NEL, "WH09G", "430", "R296", "", "", '0', 75, 120, 8, 35},
	{CASEMIX_NEL, "GC17K", "100", "K802", "", "", '0', 25, 120, 2, 25},
	{CASEMIX_NEL, "PD14F", "420", "J22X", "", "", '0', 0, 12, 1, 60},
	{CASEMIX_NEL, "PD15D", "420", "J219", "", "", '0', 0, 1, 2, 120},
	{CASEMIX_NEL, "PD12C", "420", "J459", "", "", '0', 2, 17, 1, 40},
	{CASEMIX_NEL, "PW20C", "420", "R509", "", "", '0', 0, 12, 0, 70},
	{CASEMIX_NEL, "PF21B", "420", "A099", "", "", '0', 0, 16, 1, 50},
	/* Deliveries */
	{CASEMIX_NELNE, "NZ30C", "501", "O800", "R249", "31", '2', 17, 45, 1, 60},
	{CASEMIX_NELNE, "NZ50C", "501", "O820", "R172", "31", '2', 17, 45, 2, 15},
	{CASEMIX_NELNE, "NZ51C", "501", "O821", "R182", "31", '2', 17, 45, 3, 15},
};

const struct casemix_clinic casemix_clinics[] = {
	{"110", '0', 0, 120, 95, "HN35A", "W791"},
	{"130", '0', 0, 120, 80, "BZ87A", "C794"},
	{"330", '0', 0, 120, 60, "JC43A", "S065"},
	{"300", '0', 19, 120, 30, "", ""},
	{"320", '0', 19, 120, 50, "", ""},
	{"301", '0', 19, 120, 40, "FZ60Z", "G451"},
	{"340", '0', 19, 120, 25, "", ""},
	{"101", '0', 19, 120, 45, "LB72A", "M459"},
	{"120", '0', 0, 120, 50, "CA71A", "E252"},
	{"100", '0', 19, 120, 55, "", ""},
	{"400", '0', 19, 120, 30, "", ""},
	{"410", '0', 19, 120, 35, "", ""},
	{"420", '0', 0, 16, 220, "", ""},
	{"502", '2', 16, 120, 60, "MA31Z", "Q188"},
	{"501", '2', 17, 45, 70, "", ""},
	{"430", '0', 75, 120, 60, "", ""},
	{CASEMIX_LOCAL_FUNCTION, '0', 40, 120, 22, "", ""},
};

const struct casemix_attendance casemix_attendances[] = {
	{"VB01Z", 12}, {"VB02Z", 30}, {"VB03Z", 60}, {"VB04Z", 60}, {"VB05Z", 20}, {"VB06Z", 25},
	{"VB07Z", 120}, {"VB08Z", 170}, {"VB09Z", 300}, {"VB10Z", 8}, {"VB11Z", 195},
};
/* clang-format on */

const size_t casemix_spell_count = sizeof(casemix_spells) / sizeof(casemix_spells[0]);
const size_t casemix_clinic_count = sizeof(casemix_clinics) / sizeof(casemix_clinics[0]);
const size_t casemix_attendance_count =
    sizeof(casemix_attendances) / sizeof(casemix_attendances[0]);

/* Winter is busier for emergencies; August and December are short of clinics and theatres. */
const uint32_t casemix_emergency_months[12] = {80, 81, 81, 82, 79, 81, 84, 85, 90, 88, 80, 89};
const uint32_t casemix_planned_months[12] = {80, 84, 88, 84, 80, 85, 88, 88, 72, 85, 80, 86};
