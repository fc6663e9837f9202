//! The few words whose meaning the gate knows.

use super::lexicon::Bits;

/// Verbs for something remade, or for work in several places.
pub(super) const MAKE: Bits = Bits::list(0);
/// Verbs for work whose size depends on what it is done to.
pub(super) const BY_SIZE: Bits = Bits::list(1);
/// Verbs for one small change.
pub(super) const EDIT: Bits = Bits::list(2);
/// Verbs for one command.
pub(super) const RUN: Bits = Bits::list(3);
/// Verbs for reading and telling.
pub(super) const LOOK: Bits = Bits::list(4);
/// Verbs that are as often nouns: inside a sentence they need an object that shows them as verbs.
pub(super) const NOUNS_TOO: Bits = Bits::list(5);
/// Things so small that working on them is one small edit, whatever the verb.
pub(super) const TRIVIAL: Bits = Bits::list(6);
/// Things that `make … <adjective>` changes in one place.
pub(super) const LOCAL: Bits = Bits::list(7);
/// What is built by a command when it is `the` one.
pub(super) const BUILD_TARGETS: Bits = Bits::list(8);
/// Words that make a small edit a large one.
pub(super) const WIDE: Bits = Bits::list(9);
/// Words that begin an object.
pub(super) const OBJECT_STARTS: Bits = Bits::list(10);
/// Words that end a verb's object.
pub(super) const OBJECT_ENDS: Bits = Bits::list(11);
/// Words before a request that ask for nothing themselves.
pub(super) const FILLERS: Bits = Bits::list(12);
/// Words of greeting, thanks and assent.
pub(super) const SOCIAL: Bits = Bits::list(13);
/// Words by which a person lets the work begin.
pub(super) const ASSENT: Bits = Bits::list(14);
/// Words that take an assent back.
pub(super) const REFUSAL: Bits = Bits::list(15);
/// Programs that people call by typing the command as a prompt.
pub(super) const PROGRAMS: Bits = Bits::list(16);
/// Words that begin a question, whatever follows.
pub(super) const INTERROGATIVES: Bits = Bits::list(17);
/// Verbs that begin a question when their subject follows.
pub(super) const AUXILIARIES: Bits = Bits::list(18);
/// Subjects that come after an auxiliary in a question.
pub(super) const SUBJECTS: Bits = Bits::list(19);
/// Words by which people report that something does not work.
pub(super) const TROUBLE: Bits = Bits::list(20);
/// Words that say how something has to be.
pub(super) const OBLIGATION: Bits = Bits::list(21);
/// Common English words that are no verbs here: enough of them tell the language.
pub(super) const ENGLISH: Bits = Bits::list(22);
/// The commonest words of other languages in Latin letters that English does not have.
pub(super) const FOREIGN: Bits = Bits::list(23);
/// Words that, at the head of a sentence, are no unknown verbs: they open a phrase or an opinion.
pub(super) const NO_VERBS: Bits = Bits::list(24);
/// Words that take trouble back.
pub(super) const RELIEF: Bits = Bits::list(25);
/// Words that speak of the person or to the reader.
pub(super) const PERSONAL: Bits = Bits::list(26);
/// First words of the ways to begin a request.
pub(super) const OPENERS: Bits = Bits::list(27);
/// Words after which a verb is surely a verb.
pub(super) const SEQUENCE: Bits = Bits::list(28);
/// Small words that belong to a verb.
pub(super) const PARTICLES: Bits = Bits::list(29);

/// Whatever can stand at the head of a request.
pub(super) const VERB: Bits = MAKE.or(BY_SIZE).or(EDIT).or(RUN).or(LOOK);

/// The words of each list, with one space between.
pub(super) const LISTS: &[(Bits, &str)] = &[
    (
        MAKE,
        "accept adapt allow animate automate backfill backport batch benchmark bootstrap break bring \
         cache centralize clean code combine complete compose compress configure connect consolidate \
         construct containerize convert cover craft debounce debug decouple dedupe deduplicate deprecate \
         design develop devise disentangle display dockerize document draft eliminate embed encrypt \
         enhance establish expand expose extend extract filter finish flatten generalize generate handle \
         harden highlight hook implement index initialize instrument integrate introduce localize memoize \
         migrate minify mock model modernize modularize normalize optimize organize overhaul paginate \
         parallelize parameterize parametrize parse persist polish polyfill populate port prepare prevent \
         produce prototype provide rearchitect rearrange rebuild reconcile record recover recreate \
         redesign redirect redo reduce refactor reimplement render reorganize resolve restructure rethink \
         reuse revamp revise rewire rework rewrite sanitize scaffold schedule secure seed send separate \
         serve setup shrink simplify solve speed split stabilize store stream streamline stub style \
         subscribe support switch sync throttle tidy track transform translate troubleshoot unify \
         untangle upgrade validate visualize wire wrap",
    ),
    (BY_SIZE, "add build create fix improve let make write"),
    (
        EDIT,
        "adjust align append apply attach avoid bold bump capitalize change comment copy correct decrease \
         default delete detach disable double drop edit enable ensure escape export flip halve hide \
         ignore import increase indent inherit inline insert keep limit log lower lowercase mark modify \
         move mute nudge pad pin prefix put raise remove rename reorder rephrase replace reset restore \
         return revert reword round save set shift shorten silence skip sort strip suffix swap toggle \
         trim truncate turn tweak uncomment undo unpin unset update uppercase use",
    ),
    (
        RUN,
        "abort amend autoformat boot bundle cancel checkout cherry-pick clear clone close commit compile \
         continue deploy download enter execute exit fetch format install kill launch lint login logout \
         ls merge open ping publish pull push quit rebase reboot redeploy reformat refresh regenerate \
         release reload repeat rerun restart retry run ship spin squash start stash stop tag test touch \
         try uninstall unzip upload wait wipe",
    ),
    (
        LOOK,
        "analyze answer ask audit brainstorm browse calculate check clarify compare compute consider \
         count debate demonstrate describe determine diagnose discuss double-check dump estimate evaluate \
         examine explain explore figure find give go grep guess identify inform inspect interpret \
         investigate justify know learn leave list locate look lookup measure mention name note observe \
         outline paste pick pinpoint point print profile propose quote rank rate read recap recommend \
         remind reply report reproduce research respond review say scan search see share show spot state \
         suggest summarize take teach tell think trace understand verify view visit walk weigh",
    ),
    (
        NOUNS_TOO,
        "batch benchmark bold break build cache change check code comment commit cover default design \
         document double dump export filter fix flip form format handle hook import index limit list log \
         look mock model name note open paste pin point polish port prefix print profile rank rate read \
         record refresh release report research review round save scan schedule search seed set setup \
         share shift show sort split spot start state stop store stream stub style suffix support switch \
         tag test trace track trim update upgrade upload use view write",
    ),
    (
        TRIVIAL,
        "annotation bracket branch colon comma comment comments commit docstring dot gitignore import \
         imports indentation newline period pr quote quotes return semicolon space spelling stash tag \
         typo typos warning whitespace wording",
    ),
    (
        LOCAL,
        "argument border button color colour column constant default field font function heading icon key \
         label line link method name option parameter placeholder row sentence text title value variable \
         word",
    ),
    (
        BUILD_TARGETS,
        "app backend binary code container docs frontend image it package project release solution target \
         workspace",
    ),
    (WIDE, "across all codebase each entire every everything everywhere throughout whole"),
    (
        OBJECT_STARTS,
        "a again all an any each every everything his it its my our some that the their them these this \
         those three two whatever your",
    ),
    (
        OBJECT_ENDS,
        "across after and at based because before between but by called for from if in inside instead \
         into named of on or per so that to under until using via when where which while who with without",
    ),
    (
        FILLERS,
        "actually again alright also and basically but finally first good great hello hey hi just kindly \
         lastly maybe morning next now ok okay perhaps please pls plz quickly second simply so sure \
         thanks then third well yeah yes",
    ),
    (
        SOCIAL,
        "afternoon again ahead all alright amazing and awesome back bye continue cool do done evening \
         everyone exactly excellent fantastic fine for go good great haha hello hey hi it job let's lgtm \
         lol looks lovely me mind morning much never nice nicely night no nope now oh ok okay on perfect \
         perfectly ping please proceed right ship so sorry sounds sure test testing thank thanks that \
         that's then there this to very wait welcome well works world wow yeah yep yes yo you you're",
    ),
    (ASSENT, "ahead continue do go lgtm proceed ship sure yeah yep yes"),
    (REFUSAL, "don't never no nope not stop wait"),
    (
        PROGRAMS,
        "apt bash brew bun bundle cargo cat cd cp curl deno docker dotnet echo gh git go gradle grep \
         kubectl ls make mkdir mv mvn node npm npx pip pnpm poetry pwd pytest python python3 rake rg rm \
         ruby rustup sed sh ssh sudo tail terraform touch uv wget yarn",
    ),
    (INTERROGATIVES, "how how's what what's whats which who who's whom whose why why's"),
    (
        AUXILIARIES,
        "am are aren't can can't could couldn't did didn't do does doesn't don't had has hasn't have \
         haven't is isn't may might shall should shouldn't was wasn't were weren't will won't would \
         wouldn't",
    ),
    (SUBJECTS, "any anybody anyone he i it she there these they this those we you"),
    (
        TROUBLE,
        "broken bug buggy bugs can't cannot crash crashed crashes crashing deadlock dies doesn't \
         duplicated empty error errors exception fail failed failing fails freezes garbled hangs \
         incorrect incorrectly isn't leak leaks missing never nothing oom panics regression stuck throws \
         unreadable unresponsive unusable won't wrong wrongly",
    ),
    (OBLIGATION, "must needs ought shall should shouldn't"),
    (
        ENGLISH,
        "a about after all an and any are as at be before bug but by can could do does don't each every \
         file following for from get has have hello here how i i'm if in into is it it's its let's like \
         me my need new no not now of on or our out page please should so some tests thanks that the \
         their them then there these they this to up want was we what when where which why will with \
         without works would yes you your",
    ),
    (
        FOREIGN,
        "aan aber aby als ao att au auch auf aux av avec bij bir bitte bu ce cette che com comme como con \
         cuando czy da dans das dass dat de dei del della dem den der des det deze di die dit dla dos du \
         een ein eine einen einer eines el em en es est esta este et ett för für gli het hoe hur ich ik \
         il ile inte ist için jag jak je jest kannst la las le les lo los med met mi mir mit mon na naar \
         nas nasıl ne nel nicht nie niet non nos nous não och od oder om op os par para pas pero po por \
         pour przez på quand que quel quelle questa questo qui qué seu si sie sin się soll som sono su \
         sur te till tutti uit um uma un una und une vad van ve veya você von voor vous w waarom wat wenn \
         wie wir y z za zijn zu zum zur är è że",
    ),
    (
        NO_VERBS,
        "about above agree almost although always am anyway as assume be became been begin believe below \
         beside besides best both came despite doubt during either else enjoy enough even except few \
         forget found gave given got had half hate here hope however just kept less lets like likely love \
         made many mean miss more most need neither never nor not off once one only onto otherwise out \
         over own past plus prefer quite ran rather regarding same saw seen sent since some still such \
         suppose than thank though thus till too took toward unless unlike until unto upon usually want \
         went wish worse wrote yet",
    ),
    (RELIEF, "fine fixed gone resolved solved works"),
    (PERSONAL, "i i'll i'm i've we you"),
    (
        OPENERS,
        "be begin can could don't feel go help i i'd let let's lets make my remember start the time try \
         we we'd will would you your",
    ),
    (SEQUENCE, "also finally first just lastly next now please then"),
    (PARTICLES, "down off out together up"),
];
