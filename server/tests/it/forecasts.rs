//! What phones expected of their work, counted where a monitoring system reads it.

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_sync::message::{Expected, Forecast, Intent, Status};
use reqwest::StatusCode;

use crate::live::{Served, served};
use crate::phone::{Phone, id};

async fn metrics(served: &Served, user: RecordId) -> (StatusCode, String) {
    let token = served.office.app.token(served.office.org, user, 1).unwrap();
    let url = format!("http://{}/v1/metrics", served.address);
    let response = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

fn write(phone: &mut Phone, key: &str, value: &str) -> Intent {
    let part = phone.write("account", id("firm"), &[Write::put("name", "Firm"), Write::put(key, value)]);
    phone.intent(vec![part])
}

#[tokio::test(flavor = "multi_thread")]
async fn forecasts_and_decisions_are_counted_once_they_are_durable() {
    let served = served().await;
    let office = &served.office;
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let made = write(&mut ada, "city", "Bern");
    ada.sync(office, vec![made.clone()]);
    ben.sync(office, Vec::new());
    // Neither knows of the other: Ben is told that Ada's word stands beside his.
    let mine = ada.write("account", id("firm"), &[Write::put("industry", "tools")]);
    let theirs = ben.write("account", id("firm"), &[Write::put("industry", "hats")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));
    ada.sync(office, vec![mine]);
    let collided = ben.sync(office, vec![theirs]);
    ben.sync(office, Vec::new());
    // A wrong expectation, a refused intent, one without a forecast, and one that was answered before.
    let forecast = Some(Forecast { expected: Expected::Held, rule: "INV-25".to_owned() });
    let wrong = Intent { forecast, ..write(&mut ben, "city", "Oslo") };
    ben.sync(office, vec![wrong]);
    let bad = ben.write("account", id("bad"), &[Write::put("website", "w".repeat(300))]);
    let bad = ben.intent(vec![bad]);
    let silent = Intent { forecast: None, ..write(&mut ben, "city", "Rome") };
    ben.sync(office, vec![bad, silent]);
    ada.clone().sync(office, vec![made]);

    let (status, text) = metrics(&served, office.omar).await;

    assert_eq!(status, StatusCode::OK);
    let agreed = u64::from(collided[0].status == Status::Accepted);
    for line in [
        "fieldbook_forecasts_total{agreed=\"yes\",moved=\"no\"} 2".to_owned(),
        format!("fieldbook_forecasts_total{{agreed=\"yes\",moved=\"yes\"}} {agreed}"),
        "fieldbook_forecasts_total{agreed=\"no\",moved=\"no\"} 1".to_owned(),
        format!("fieldbook_forecasts_total{{agreed=\"no\",moved=\"yes\"}} {}", 1 - agreed),
        "# TYPE fieldbook_decisions_total counter".to_owned(),
        "fieldbook_quarantined 1".to_owned(),
    ] {
        assert!(text.lines().any(|there| there == line), "{line} in {text}");
    }
    let decisions = office.app.decisions(office.org).unwrap();
    let fcr = decisions.iter().filter(|decision| decision.rule == "FCR").count();
    let counted = |line: &&str| line.starts_with("fieldbook_decisions_total{rule=\"FCR\",outcome=\"");
    let sum: usize = text.lines().filter(counted).map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum();
    assert!(fcr > 0 && sum == fcr, "{fcr} in {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_read_what_is_counted() {
    let served = served().await;

    let (rep, said) = metrics(&served, served.office.ada).await;
    let (nobody, _) = {
        let response = reqwest::get(format!("http://{}/v1/metrics", served.address)).await.unwrap();
        (response.status(), response.text().await.unwrap())
    };

    assert_eq!((rep, nobody), (StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED));
    assert!(said.contains("metrics.permission"), "{said}");
}
