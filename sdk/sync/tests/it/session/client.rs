//! The end on the phone.

use super::{NEW_NAME, answer, asked, facts, hears, offers, page, renew, scopes, welcome, welcome_to, welcomed};
use crate::samples::{ADA, toy_change, toy_intent};
use fieldbook_sync::client::{ClientInput, ClientOutput, ClientSession};
use fieldbook_sync::frame::{CHANGES_MAX, PARTS_MAX};
use fieldbook_sync::message::{ClientMessage, Cursor, Incarnation, Intent, Part, ServerMessage, Status};

#[test]
fn hello_and_the_first_push_do_not_wait_for_the_welcome() {
    let mut client = ClientSession::new(facts(true));

    let mut orders = client.handle(ClientInput::Connected { clock_ms: 0 });
    assert!(matches!(orders.last(), Some(ClientOutput::NextIntents { after_dseq: 0, .. })));
    orders.extend(offers(&mut client, vec![toy_intent(ADA, 1)]));

    assert!(matches!(asked(&orders).as_slice(), [ClientMessage::Hello(_), ClientMessage::Push { .. }]));
}

#[test]
fn unanswered_intents_are_sent_again_after_a_cut_and_answers_are_told_once() {
    let mut client = welcomed(true);
    offers(&mut client, vec![toy_intent(ADA, 1)]);
    client.handle(ClientInput::Disconnected);

    client.handle(ClientInput::Connected { clock_ms: 0 });
    let again = offers(&mut client, vec![toy_intent(ADA, 1)]);
    assert!(matches!(asked(&again).as_slice(), [ClientMessage::Push { .. }]));
    hears(&mut client, &welcome(ADA, Incarnation::Keep));
    let answers = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Accepted)] };

    assert_eq!(hears(&mut client, &answers), vec![ClientOutput::Answers(vec![answer(1, Status::Accepted)])]);
    assert_eq!(hears(&mut client, &answers), vec![]);
}

#[test]
fn after_a_refusal_nothing_is_pushed_until_the_work_is_authored_again() {
    for status in [Status::Refused, Status::Waiting] {
        let mut client = welcomed(true);
        client.handle(ClientInput::Outbox { intents: vec![toy_intent(ADA, 1)], more: true });
        let refused = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, status)] };

        assert_eq!(hears(&mut client, &refused), vec![ClientOutput::Answers(vec![answer(1, status)])]);
        assert_eq!(client.handle(ClientInput::LocalWork), vec![]);
        client.handle(ClientInput::Disconnected);
        let outputs = client.handle(ClientInput::Connected { clock_ms: 0 });
        assert!(matches!(outputs.as_slice(), [ClientOutput::Send(_)]), "Hello and no question for work");

        let outputs = client.handle(ClientInput::Renewed { actor: NEW_NAME, last_dseq: 1, clock_ms: 0 });
        assert!(matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.actor == NEW_NAME));
        assert!(matches!(outputs.last(), Some(ClientOutput::NextIntents { after_dseq: 0, .. })));
    }
}

#[test]
fn a_device_that_was_rolled_back_takes_a_new_name_and_minds_nothing_said_to_the_old_one() {
    let mut client = ClientSession::new(facts(true));
    client.handle(ClientInput::Connected { clock_ms: 0 });
    offers(&mut client, vec![toy_intent(ADA, 1)]);

    let told = hears(&mut client, &welcome(ADA, renew()));
    assert_eq!(told, vec![ClientOutput::Renew { reason: "rolled_back".into() }]);
    assert_eq!(hears(&mut client, &welcome(ADA, renew())), vec![]);
    client.handle(ClientInput::Renewed { actor: NEW_NAME, last_dseq: 1, clock_ms: 0 });
    offers(&mut client, vec![toy_intent(NEW_NAME, 1)]);

    assert_eq!(hears(&mut client, &welcome(ADA, Incarnation::Keep)), vec![]);
    assert_eq!(hears(&mut client, &ServerMessage::Page(page(&scopes()[0], 100_000, 100_001))), vec![]);
    hears(&mut client, &welcome(NEW_NAME, Incarnation::Keep));
    let old = ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Refused)] };
    assert_eq!(hears(&mut client, &old), vec![]);
}

#[test]
fn a_scope_that_is_no_longer_granted_starts_from_nothing_when_it_comes_back() {
    let mut client = welcomed(true);
    let without = welcome_to(ADA, Incarnation::Keep, scopes()[1..].to_vec());

    hears(&mut client, &without);
    hears(&mut client, &welcome(ADA, Incarnation::Keep));

    let first = page(&scopes()[0], 0, 3);
    assert_eq!(hears(&mut client, &ServerMessage::Page(first.clone())), vec![ClientOutput::StorePage(first)]);
}

#[test]
fn a_repeated_page_is_ignored_and_a_missing_one_is_asked_for() {
    let mut client = welcomed(true);
    let scope = &scopes()[0];
    let next = ServerMessage::Page(page(scope, 100_000, 100_005));
    assert!(matches!(hears(&mut client, &next).as_slice(), [ClientOutput::StorePage(_)]));
    assert_eq!(hears(&mut client, &next), vec![]);
    client.handle(ClientInput::Stored { scope: scope.clone(), to: 100_005 });
    hears(&mut client, &ServerMessage::CaughtUp { cursors: Vec::new(), more: false });

    let outputs = hears(&mut client, &ServerMessage::Page(page(scope, 100_009, 100_010)));

    let asked = asked(&outputs);
    let [ClientMessage::Pull { cursors }] = asked.as_slice() else { panic!("{outputs:?}") };
    assert!(cursors.contains(&Cursor { scope: scope.clone(), seq: 100_005 }));
}

#[test]
fn caught_up_waits_until_every_page_is_durable() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));

    let before = hears(&mut client, &ServerMessage::CaughtUp { cursors: Vec::new(), more: false });
    let after = client.handle(ClientInput::Stored { scope, to: 100_005 });

    assert_eq!(before, vec![]);
    assert_eq!(after, vec![ClientOutput::CaughtUp]);
}

#[test]
fn a_page_lost_at_the_end_is_noticed_and_asked_for_but_not_for_ever() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    let ahead = ServerMessage::CaughtUp { cursors: vec![Cursor { scope: scope.clone(), seq: 100_009 }], more: false };
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));
    client.handle(ClientInput::Stored { scope, to: 100_005 });

    assert!(matches!(asked(&hears(&mut client, &ahead)).as_slice(), [ClientMessage::Pull { .. }]));
    assert_eq!(hears(&mut client, &ahead), vec![]);
}

#[test]
fn hello_waits_until_the_pages_of_the_last_connection_are_durable() {
    let mut client = welcomed(true);
    let scope = scopes()[0].clone();
    hears(&mut client, &ServerMessage::Page(page(&scope, 100_000, 100_005)));
    client.handle(ClientInput::Disconnected);

    assert_eq!(client.handle(ClientInput::Connected { clock_ms: 0 }), vec![]);
    assert_eq!(client.handle(ClientInput::LocalWork), vec![]);
    let outputs = client.handle(ClientInput::Stored { scope: scope.clone(), to: 100_005 });

    let held = Cursor { scope, seq: 100_005 };
    assert!(matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.cursors.contains(&held)));
}

#[test]
fn a_page_that_was_not_handed_out_does_not_move_a_cursor() {
    let mut client = welcomed(true);

    client.handle(ClientInput::Stored { scope: scopes()[0].clone(), to: 200_000 });

    client.handle(ClientInput::Disconnected);
    let outputs = client.handle(ClientInput::Connected { clock_ms: 0 });
    assert!(
        matches!(asked(&outputs).as_slice(), [ClientMessage::Hello(hello)] if hello.cursors.iter().all(|c| c.seq == 100_000))
    );
}

#[test]
fn an_intent_no_server_can_take_is_answered_here_and_those_before_it_are_pushed() {
    let part = |changes: usize| Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
    let too_many = |dseq: u64| Intent { parts: vec![part(CHANGES_MAX + 1)], ..toy_intent(ADA, dseq) };
    let mut client = welcomed(true);

    let pushed = offers(&mut client, vec![toy_intent(ADA, 1), too_many(2)]);
    assert!(matches!(asked(&pushed).as_slice(), [ClientMessage::Push { intents, .. }] if intents.len() == 1));
    let next = hears(&mut client, &ServerMessage::Answers { actor: ADA, answers: vec![answer(1, Status::Accepted)] });
    assert!(matches!(next.as_slice(), [ClientOutput::Answers(_), ClientOutput::NextIntents { after_dseq: 1, .. }]));
    let refused = offers(&mut client, vec![too_many(2), toy_intent(ADA, 3)]);

    let [ClientOutput::Answers(answers)] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!((answers[0].dseq, answers[0].status, answers[0].code.as_str()), (2, Status::Refused, "too_large"));
}

#[test]
fn a_push_is_filled_to_its_limits_and_no_further() {
    let part = |changes: usize| Part { changes: vec![toy_change(ADA, 1); changes], ..toy_intent(ADA, 1).parts[0].clone() };
    let pushed = |intents: Vec<Intent>| {
        let outputs = welcomed(true).handle(ClientInput::Outbox { intents, more: false });
        asked(&outputs)
            .into_iter()
            .find_map(|message| if let ClientMessage::Push { intents, .. } = message { Some(intents.len()) } else { None })
    };
    let of = |parts: Vec<Part>, dseq: u64| Intent { parts, ..toy_intent(ADA, dseq) };

    assert_eq!(pushed(vec![of(vec![part(CHANGES_MAX - 1)], 1), of(vec![part(1)], 2)]), Some(2));
    assert_eq!(pushed(vec![of(vec![part(CHANGES_MAX)], 1), of(vec![part(1)], 2)]), Some(1));
    assert_eq!(pushed(vec![of(vec![part(0); PARTS_MAX], 1)]), Some(1));
    assert_eq!(pushed(vec![of(vec![part(0); PARTS_MAX + 1], 1)]), None);
}

#[test]
fn the_server_says_good_bye_in_words_the_client_passes_on() {
    let mut client = welcomed(true);

    let outputs = hears(&mut client, &ServerMessage::Bye { code: "busy".into(), message: "later".into(), retry_ms: Some(5) });

    let failed = ClientOutput::Failed { code: "busy".into(), message: "later".into(), retry_ms: Some(5) };
    assert_eq!(outputs, vec![failed, ClientOutput::Close]);
}
